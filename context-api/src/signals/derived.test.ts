import type { EventInput, RecordInput, TicketPriority } from "@sidelight/model/records.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Logs, openLogs } from "../../../test/support/logs.ts";
import { type LoggedEvent, listEventsAfter } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import { openListener } from "./churnSignals.ts";
import type { Derived } from "./derived.ts";
import { bearsOnHealth, isFilling, type Situation, turned } from "./healthChanges.ts";
import type { Standing } from "./healthState.ts";

let logs: Logs;
let log: TenantLog;
beforeAll(async () => {
  logs = await openLogs();
});
afterAll(() => logs.close());

const settings = { churnWords: { en: ["cancel", "switch to"], de: ["kündig"] } };
const good: Standing = { score: 80, band: "good", trend: "steady" };
const bad: Standing = { score: 20, band: "at_risk", trend: "falling" };
const of = (health: Standing | null, more: Partial<Situation> = {}): Situation => ({
  customer: "person:p",
  health,
  before: async () => null,
  ...more,
});

const ticketRef = (id: number) => `zendesk.ticket:${id}`;
interface Told {
  id?: number;
  what?: string;
  text?: string | null;
  priority?: TicketPriority | null;
  data?: Record<string, unknown>;
}
let told = 0;
function ticketEvent({ id = 1, what = "created", text = "Printer", priority = "normal", data = {} }: Told = {}): EventInput {
  const times = { createdAt: "2026-11-01T00:00:00Z", updatedAt: null, solvedAt: null, resolutionMinutes: null };
  const origin = { platform: "zendesk", connection: "zendesk", object: "ticket", ref: ticketRef(id), subject: "zendesk.user:9" };
  told += 1;
  const record: RecordInput = {
    ...origin,
    ...{ changedAt: told, observedAt: told, identifiers: [], edges: [] },
    data: { kind: "ticket", subject: `${text} ${told}`, status: "open", priority, ...times },
  };
  return {
    ...origin,
    type: `zendesk.ticket.${what}`,
    timestamp: 5_000 + told,
    sourceIds: [`event:${told}`],
    record,
    interaction: { type: "ticket", priority, category: null, description: text },
    data,
    isEcho: false,
  };
}

/** Appends events as one batch of the log, as whoever follows it reads them. */
async function happened(...events: EventInput[]): Promise<LoggedEvent[]> {
  const before = log.head();
  await log.commit({ events, correlationId: "test" });
  return await listEventsAfter(log, before, 100);
}

/** Hears a batch of tickets, and commits what came of it. */
async function hear(events: LoggedEvent[], trend = async (): Promise<Standing["trend"]> => "steady"): Promise<EventInput[]> {
  const listener = openListener(log, settings);
  const heard: EventInput[] = [];
  for (const event of events) heard.push(...(await listener.hear(event, trend)));
  await log.commit({ events: heard, correlationId: "test" });
  return heard;
}

/** Looks at how the customer stands since the last event that bears on it, and commits what came of it. */
async function look(events: LoggedEvent[], situation: Situation): Promise<EventInput[]> {
  const last = events.filter(bearsOnHealth).at(-1);
  const derived: Derived = last ? await turned(log, last, situation) : { events: [], statements: [] };
  await log.commit({ ...derived, correlationId: "test" });
  return derived.events;
}

const unread = () => Promise.reject(new Error("the trend was read"));
const types = (events: EventInput[]) => events.map((e) => e.type);
const risk = "customer.churn_risk.raised";
const changed = "customer.health.changed";

describe("a churn risk", () => {
  it.each<[string, Told, string[], string[]]>([
    ["a word of leaving", { text: "We want to CANCEL" }, ["churn_words"], ["cancel"]],
    ["two words, broken over lines", { text: "Cancel and switch\n to others" }, ["churn_words"], ["cancel", "switch to"]],
    ["a word of another language", { text: "Ich kündige" }, ["churn_words"], ["kündig"]],
    ["the same word written with a combining mark", { text: "Ich ku\u0308ndige" }, ["churn_words"], ["kündig"]],
    ["high priority", { priority: "high" }, ["high_priority"], []],
    ["both", { priority: "urgent", text: "cancel" }, ["churn_words", "high_priority"], ["cancel"]],
    ["a priority that was raised", { what: "priority_changed", priority: "urgent" }, ["high_priority"], []],
  ])("is raised for %s", async (_, ticket, reasons, words) => {
    log = await logs.newLog();
    const [event] = await happened(ticketEvent(ticket));
    const [raised, ...others] = await hear([event!]);
    expect(others).toEqual([]);
    expect(raised).toMatchObject({
      ...{ type: risk, timestamp: event!.timestamp, ref: ticketRef(1), platform: "sidelight", object: "ticket" },
      data: { reasons, words, ticket: ticketRef(1), causedBy: event!.event_id },
    });
    expect(JSON.stringify(raised!.data)).not.toMatch(/want|others|kündige/);
  });

  it.each<[string, Told]>([
    ["a common ticket", {}],
    ["a common comment", { what: "comment_added", text: "Any news?" }],
    ["a ticket without a priority or a title", { priority: null, text: null }],
    [
      "what an agent writes of a cancellation",
      { what: "comment_added", text: "I cancelled it", data: { comment: { byStaff: true } } },
    ],
    ["an internal note", { what: "comment_added", text: "may cancel", data: { comment: { isPublic: false } } }],
    ["another status of an urgent ticket", { what: "status_changed", priority: "urgent" }],
  ])("is not raised for %s", async (_, ticket) => {
    log = await logs.newLog();
    expect(await hear(await happened(ticketEvent(ticket)))).toEqual([]);
  });

  it("is raised for a new ticket of somebody whose health is falling", async () => {
    log = await logs.newLog();
    const [raised] = await hear(await happened(ticketEvent()), async () => "falling");
    expect(raised?.data).toMatchObject({ reasons: ["health_falling"], ticket: ticketRef(1) });
    expect(await hear(await happened(ticketEvent({ what: "comment_added" })), async () => "falling")).toEqual([]);
  });

  it("is raised once for a ticket, in one batch and ever after", async () => {
    log = await logs.newLog();
    const angry = { text: "cancel", priority: "urgent" } as const;
    const batch = [ticketEvent(angry), ticketEvent({ ...angry, what: "comment_added" }), ticketEvent({ ...angry, id: 2 })];
    expect((await hear(await happened(...batch))).map((e) => e.data["ticket"])).toEqual([ticketRef(1), ticketRef(2)]);
    expect(await hear(await happened(ticketEvent({ ...angry, what: "comment_added" })))).toEqual([]);
  });

  it("is derived again by whoever starts anew before it was committed, and counts once", async () => {
    log = await logs.newLog();
    const events = await happened(ticketEvent({ text: "cancel" }));
    const first = await openListener(log, settings).hear(events[0]!, async () => null);
    expect(types(await hear(events))).toEqual([risk]);
    const { events: again } = await log.commit({ events: first, correlationId: "test" });
    expect(again).toMatchObject([{ isDuplicate: true }]);
  });

  it("reads no trend for a comment, and none for itself", async () => {
    log = await logs.newLog();
    const comment = await happened(ticketEvent({ what: "comment_added", text: "cancel" }));
    const before = log.head();
    expect(types(await hear(comment, unread))).toEqual([risk]);
    expect(await hear(await listEventsAfter(log, before, 10), unread)).toEqual([]);
  });

  it("is about the same person: it is sealed by the same key", async () => {
    log = await logs.newLog();
    const [event] = await happened(ticketEvent({ text: "cancel" }));
    await hear([event!]);
    const [stored] = await listEventsAfter(log, event!.sequence, 1);
    expect(stored).toMatchObject({ type: risk, subject: event!.subject, key: event!.key });
    expect(stored!.payload).toMatchObject({ ref: ticketRef(1), interaction: { description: "cancel" } });
  });
});

describe("a customer's health", () => {
  const solved = (id = 1) => ticketEvent({ id, what: "status_changed" });
  const usage = (): EventInput => {
    const event = solved();
    const data = {
      kind: "usage" as const,
      lastActiveAt: `2026-11-01T00:00:${String(told % 60).padStart(2, "0")}Z`,
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

  it("is noted at first sight, and told when its band or trend is another", async () => {
    log = await logs.newLog();
    expect(await look(await happened(solved()), of(good))).toEqual([]);
    expect(await look(await happened(solved()), of({ ...good, score: 79 }))).toEqual([]);
    const [event] = await happened(usage());
    const watch: Standing = { score: 50, band: "watch", trend: "steady" };
    expect(await look([event!], of(watch))).toMatchObject([
      {
        type: changed,
        ref: "mixpanel.usage:u",
        data: { customer: "person:p", from: good, to: watch, causedBy: event!.event_id },
      },
    ]);
    expect(await look(await happened(usage()), of(watch))).toEqual([]);
  });

  it("is told at first sight where it is known how they stood before", async () => {
    log = await logs.newLog();
    let asked = 0;
    const before = async () => {
      asked += 1;
      return good;
    };
    expect(types(await look(await happened(solved()), of(bad, { before })))).toEqual([changed, risk]);
    expect(await look(await happened(solved()), of(bad, { before }))).toEqual([]);
    expect(asked).toBe(1);
  });

  it("is told once of a batch's events that say the same", async () => {
    log = await logs.newLog();
    await look(await happened(solved()), of(good));
    expect(types(await look(await happened(solved(), solved(2), usage()), of(bad)))).toEqual([changed, risk]);
  });

  it("raises a risk when it turns to falling or at risk, and none when it turns for the better", async () => {
    log = await logs.newLog();
    await look(await happened(usage()), of(good));
    const turned = await look(await happened(usage()), of(bad));
    expect(turned.map((e) => e.data["reasons"])).toEqual([undefined, ["health_at_risk", "health_falling"]]);
    expect(turned[1]!.data["ticket"]).toBeNull();
    expect(types(await look(await happened(usage()), of(good)))).toEqual([changed]);
  });

  it("isn't looked at while the store is filled for the first time", async () => {
    log = await logs.newLog();
    expect(await isFilling(log)).toBe(false);
    const at = { started_at: 1, updated_at: 1 };
    const stream = { tenant: log.tenant, connection: "mixpanel", stream: "usage", state: "{}", complete: 0, records: 1, ...at };
    const statements = [log.store.statements.insertInto("checkpoints").values(stream).compile()];
    await log.commit({ statements, correlationId: "test" });
    expect(await isFilling(log)).toBe(true);
  });

  it("isn't told where nothing is known", async () => {
    log = await logs.newLog();
    const unknown: Standing = { score: null, band: null, trend: null };
    expect(await look(await happened(solved()), of(null))).toEqual([]);
    expect(await look(await happened(solved()), of(unknown))).toEqual([]);
    expect(await log.store.from("customer_signals").selectAll().execute()).toEqual([]);
  });
});
