import type { EventInput, RecordInput, TicketPriority } from "@sidelight/model/records.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LoggedEvent, listEventsAfter } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import { type Logs, openLogs } from "../log/testLogs.ts";
import { queriesOf } from "../store/queries.ts";
import { saveSyncCheckpoint } from "../store/tables/syncCheckpoints.ts";
import { openChurnDetector } from "./churnSignals.ts";
import type { Derived } from "./derived.ts";
import { affectsHealth, deriveHealthChange, type HealthObservation, isBackfilling } from "./healthChanges.ts";
import type { HealthState } from "./healthState.ts";

let logs: Logs;
let log: TenantLog;
beforeAll(async () => {
  logs = await openLogs();
});
afterAll(() => logs.close());

const settings = { churnWords: { en: ["cancel", "switch to"], de: ["kündig"] } };
const good: HealthState = { score: 80, band: "good", trend: "steady" };
const bad: HealthState = { score: 20, band: "at_risk", trend: "falling" };
const observation = (health: HealthState | null, overrides: Partial<HealthObservation> = {}): HealthObservation => ({
  customer: "person:p",
  health,
  readPrevious: async () => null,
  ...overrides,
});

const ticketRef = (id: number) => `zendesk.ticket:${id}`;
interface TicketFields {
  id?: number;
  what?: string;
  text?: string | null;
  priority?: TicketPriority | null;
  data?: Record<string, unknown>;
}
let eventCount = 0;
function ticketEvent({
  id = 1,
  what = "created",
  text = "Printer",
  priority = "normal",
  data = {},
}: TicketFields = {}): EventInput {
  const times = { createdAt: "2026-11-01T00:00:00Z", updatedAt: null, solvedAt: null, resolutionMinutes: null };
  const origin = { platform: "zendesk", connection: "zendesk", object: "ticket", ref: ticketRef(id), subject: "zendesk.user:9" };
  eventCount += 1;
  const record: RecordInput = {
    ...origin,
    ...{ changedAt: eventCount, observedAt: eventCount, identifiers: [], edges: [] },
    data: { kind: "ticket", subject: `${text} ${eventCount}`, status: "open", priority, ...times },
  };
  return {
    ...origin,
    type: `zendesk.ticket.${what}`,
    timestamp: 5_000 + eventCount,
    sourceIds: [`event:${eventCount}`],
    sourceEventId: String(eventCount),
    record,
    interaction: { type: "ticket", priority, category: null, description: text },
    data,
    isEcho: false,
  };
}

/** Appends events as one batch and returns them as a consumer reads them. */
async function appendEvents(...events: EventInput[]): Promise<LoggedEvent[]> {
  const head = log.head();
  await log.commit({ events, correlationId: "test" });
  return await listEventsAfter(log, head, 100);
}

/** Runs the churn detector over a batch of tickets and commits the result. */
async function detectRisks(
  events: LoggedEvent[],
  trend = async (): Promise<HealthState["trend"]> => "steady",
): Promise<EventInput[]> {
  const detector = openChurnDetector(log, settings);
  const risks: EventInput[] = [];
  for (const event of events) risks.push(...(await detector.detect(event, trend)));
  await log.commit({ events: risks, correlationId: "test" });
  return risks;
}

/** Derives the health change of the last event that affects health, and commits the result. */
async function observe(events: LoggedEvent[], current: HealthObservation): Promise<EventInput[]> {
  const last = events.filter(affectsHealth).at(-1);
  const result: Derived = last ? await deriveHealthChange(log, last, current) : { events: [], statements: [] };
  await log.commit({ ...result, correlationId: "test" });
  return result.events;
}

const mustNotRead = () => Promise.reject(new Error("the trend was read"));
const types = (events: EventInput[]) => events.map((e) => e.type);
const risk = "customer.churn_risk.raised";
const healthChanged = "customer.health.changed";

describe("a churn risk", () => {
  it.each<[string, TicketFields, string[], string[]]>([
    ["a churn word", { text: "We want to CANCEL" }, ["churn_words"], ["cancel"]],
    ["two words, one across a line break", { text: "Cancel and switch\n to others" }, ["churn_words"], ["cancel", "switch to"]],
    ["a word in another language", { text: "Ich kündige" }, ["churn_words"], ["kündig"]],
    ["the same word with a combining mark", { text: "Ich ku\u0308ndige" }, ["churn_words"], ["kündig"]],
    ["high priority", { priority: "high" }, ["high_priority"], []],
    ["both", { priority: "urgent", text: "cancel" }, ["churn_words", "high_priority"], ["cancel"]],
    ["a raised priority", { what: "priority_changed", priority: "urgent" }, ["high_priority"], []],
  ])("is raised for %s", async (_, ticket, reasons, words) => {
    log = await logs.newLog();
    const [event] = await appendEvents(ticketEvent(ticket));
    const [riskEvent, ...extra] = await detectRisks([event!]);
    expect(extra).toEqual([]);
    expect(riskEvent).toMatchObject({
      ...{ type: risk, timestamp: event!.timestamp, ref: ticketRef(1), platform: "sidelight", object: "ticket" },
      data: { reasons, words, ticket: ticketRef(1), causedBy: event!.event_id },
    });
    expect(JSON.stringify(riskEvent!.data)).not.toMatch(/want|others|kündige/);
  });

  it.each<[string, TicketFields]>([
    ["an ordinary ticket", {}],
    ["an ordinary comment", { what: "comment_added", text: "Any news?" }],
    ["a ticket without a priority or a title", { priority: null, text: null }],
    [
      "a cancellation that an agent mentions",
      { what: "comment_added", text: "I cancelled it", data: { comment: { byStaff: true } } },
    ],
    ["an internal note", { what: "comment_added", text: "may cancel", data: { comment: { isPublic: false } } }],
    ["a status change of an urgent ticket", { what: "status_changed", priority: "urgent" }],
  ])("is not raised for %s", async (_, ticket) => {
    log = await logs.newLog();
    expect(await detectRisks(await appendEvents(ticketEvent(ticket)))).toEqual([]);
  });

  it("is raised for a new ticket of a customer whose health is falling", async () => {
    log = await logs.newLog();
    const [riskEvent] = await detectRisks(await appendEvents(ticketEvent()), async () => "falling");
    expect(riskEvent?.data).toMatchObject({ reasons: ["health_falling"], ticket: ticketRef(1) });
    expect(await detectRisks(await appendEvents(ticketEvent({ what: "comment_added" })), async () => "falling")).toEqual([]);
  });

  it("is raised once for a ticket, within a batch and across batches", async () => {
    log = await logs.newLog();
    const angry = { text: "cancel", priority: "urgent" } as const;
    const batch = [ticketEvent(angry), ticketEvent({ ...angry, what: "comment_added" }), ticketEvent({ ...angry, id: 2 })];
    expect((await detectRisks(await appendEvents(...batch))).map((e) => e.data["ticket"])).toEqual([ticketRef(1), ticketRef(2)]);
    expect(await detectRisks(await appendEvents(ticketEvent({ ...angry, what: "comment_added" })))).toEqual([]);
  });

  it("is a duplicate when it is derived again after a restart before the commit", async () => {
    log = await logs.newLog();
    const events = await appendEvents(ticketEvent({ text: "cancel" }));
    const first = await openChurnDetector(log, settings).detect(events[0]!, async () => null);
    expect(types(await detectRisks(events))).toEqual([risk]);
    const { events: repeatedEvents } = await log.commit({ events: first, correlationId: "test" });
    expect(repeatedEvents).toMatchObject([{ isDuplicate: true }]);
  });

  it("does not read the trend for a comment or for its own event", async () => {
    log = await logs.newLog();
    const comment = await appendEvents(ticketEvent({ what: "comment_added", text: "cancel" }));
    const head = log.head();
    expect(types(await detectRisks(comment, mustNotRead))).toEqual([risk]);
    expect(await detectRisks(await listEventsAfter(log, head, 10), mustNotRead)).toEqual([]);
  });

  it("is sealed under the data key of the same person", async () => {
    log = await logs.newLog();
    const [event] = await appendEvents(ticketEvent({ text: "cancel" }));
    await detectRisks([event!]);
    const [storedEvent] = await listEventsAfter(log, event!.sequence, 1);
    expect(storedEvent).toMatchObject({ type: risk, subject: event!.subject, key: event!.key });
    expect(storedEvent!.payload).toMatchObject({ ref: ticketRef(1), interaction: { description: "cancel" } });
  });
});

describe("a customer's health", () => {
  const solvedTicket = (id = 1) => ticketEvent({ id, what: "status_changed" });
  const usage = (): EventInput => {
    const event = solvedTicket();
    const data = {
      kind: "usage" as const,
      lastActiveAt: `2026-11-01T00:00:${String(eventCount % 60).padStart(2, "0")}Z`,
      days: {},
      funnel: {},
    };
    const origin = { object: "usage", ref: "mixpanel.usage:u", platform: "mixpanel", connection: "mixpanel" };
    return {
      ...event,
      ...origin,
      type: "mixpanel.usage.updated",
      interaction: null,
      record: { ...event.record!, ...origin, data },
    };
  };

  it("is stored at the first observation, and raises an event when band or trend change", async () => {
    log = await logs.newLog();
    expect(await observe(await appendEvents(solvedTicket()), observation(good))).toEqual([]);
    expect(await observe(await appendEvents(solvedTicket()), observation({ ...good, score: 79 }))).toEqual([]);
    const [event] = await appendEvents(usage());
    const watch: HealthState = { score: 50, band: "watch", trend: "steady" };
    expect(await observe([event!], observation(watch))).toMatchObject([
      {
        type: healthChanged,
        ref: "mixpanel.usage:u",
        data: { customer: "person:p", from: good, to: watch, causedBy: event!.event_id },
      },
    ]);
    expect(await observe(await appendEvents(usage()), observation(watch))).toEqual([]);
  });

  it("raises an event at the first observation when the previous health is known", async () => {
    log = await logs.newLog();
    let reads = 0;
    const readPrevious = async () => {
      reads += 1;
      return good;
    };
    expect(types(await observe(await appendEvents(solvedTicket()), observation(bad, { readPrevious })))).toEqual([
      healthChanged,
      risk,
    ]);
    expect(await observe(await appendEvents(solvedTicket()), observation(bad, { readPrevious }))).toEqual([]);
    expect(reads).toBe(1);
  });

  it("raises one event for several events of a batch with the same result", async () => {
    log = await logs.newLog();
    await observe(await appendEvents(solvedTicket()), observation(good));
    expect(types(await observe(await appendEvents(solvedTicket(), solvedTicket(2), usage()), observation(bad)))).toEqual([
      healthChanged,
      risk,
    ]);
  });

  it("raises a risk when it becomes falling or at risk, and none when it improves", async () => {
    log = await logs.newLog();
    await observe(await appendEvents(usage()), observation(good));
    const result = await observe(await appendEvents(usage()), observation(bad));
    expect(result.map((e) => e.data["reasons"])).toEqual([undefined, ["health_at_risk", "health_falling"]]);
    expect(result[1]!.data["ticket"]).toBeNull();
    expect(types(await observe(await appendEvents(usage()), observation(good)))).toEqual([healthChanged]);
  });

  it("is not computed during the first backfill", async () => {
    log = await logs.newLog();
    expect(await isBackfilling(log)).toBe(false);
    const stream = { connection: "mixpanel", stream: "usage", state: "{}", is_complete: 0, records: 1 };
    const checkpoint = saveSyncCheckpoint(log.store, { ...stream, started_at: 1, updated_at: 1 });
    await log.commit({ statements: [checkpoint], correlationId: "test" });
    expect(await isBackfilling(log)).toBe(true);
  });

  it("raises no event without a score", async () => {
    log = await logs.newLog();
    const unknown: HealthState = { score: null, band: null, trend: null };
    expect(await observe(await appendEvents(solvedTicket()), observation(null))).toEqual([]);
    expect(await observe(await appendEvents(solvedTicket()), observation(unknown))).toEqual([]);
    expect(await queriesOf(log.store).from("customer_health").selectAll().execute()).toEqual([]);
  });
});
