import type { EventInput, Money, TicketStatus } from "@sidelight/model/records.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LoggedEvent, listEventsAfter } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import { type Logs, openLogs } from "../log/testLogs.ts";
import { openChurnDetector, type RiskCustomer } from "./churnDetector.ts";
import type { Derived } from "./derived.ts";
import { healthFellType } from "./healthFalls.ts";
import { appendEvents, settings, type TicketFields, ticketEvent, ticketRef } from "./testEvents.ts";

let logs: Logs;
let log: TenantLog;
beforeAll(async () => {
  logs = await openLogs();
});
afterAll(() => logs.close());

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const customerOf = (id: string | null = "company:1", arr: Money | null = { amount: 60_000, currency: "USD" }): RiskCustomer => ({
  id: async () => id,
  arr: async () => arr,
});

/** Runs the churn detector over a batch of events and commits the result. */
async function detectRisks(events: LoggedEvent[], customer = customerOf(), risk = settings): Promise<EventInput[]> {
  const detector = openChurnDetector(log, risk);
  const derivedEvents: Derived = { events: [], statements: [] };
  for (const event of events) {
    const detection = await detector.detect(event, customer);
    derivedEvents.events.push(...detection.events);
    derivedEvents.statements.push(...detection.statements);
  }
  await log.commit({ ...derivedEvents, correlationId: "test" });
  return derivedEvents.events;
}

const types = (events: EventInput[]) => events.map((e) => e.type);
const risk = "customer.churn_risk.raised";

/** A rating of a ticket. Its own object. */
function ratingEvent(score: "good" | "bad", changeName = "created", id = 1): EventInput {
  const event = ticketEvent({ id: 500 });
  const origin = { object: "rating", ref: `zendesk.rating:${id}` };
  const instant = "2026-11-01T00:00:00.000Z";
  return {
    ...event,
    ...origin,
    type: `zendesk.rating.${changeName}`,
    interaction: null,
    record: { ...event.record!, ...origin, data: { kind: "rating", score, at: instant } },
  };
}

/** The event of a confirmed fall of health. */
function fallEvent(band: "at_risk" | "watch"): EventInput {
  const drivers = [
    { key: "renewal", value: -37, points: -5, cap: 39 },
    { key: "csat", value: 1, points: 7, cap: null },
    { key: "last_active", value: 31, points: -7.5, cap: 64 },
  ];
  return {
    ...ticketEvent({ id: 600 }),
    type: healthFellType,
    platform: "sidelight",
    connection: "sidelight",
    record: null,
    interaction: null,
    data: { customer: "company:1", from: { score: 80, band: "good" }, to: { score: 39, band }, drivers },
  };
}

describe("a churn risk", () => {
  it.each<[string, TicketFields, string[], string[]]>([
    ["a churn word", { text: "We want to CANCEL" }, ["churn_words"], ["cancel"]],
    ["two words, one across a line break", { text: "Cancel and switch\n to others" }, ["churn_words"], ["cancel", "switch to"]],
    ["a word in another language", { text: "Ich kündige" }, ["churn_words"], ["kündig"]],
    ["the same word with a combining mark", { text: "Ich ku\u0308ndige" }, ["churn_words"], ["kündig"]],
    ["high priority", { priority: "high" }, ["high_priority"], []],
    ["both", { priority: "urgent", text: "cancel" }, ["churn_words", "high_priority"], ["cancel"]],
    ["a priority that is raised to urgent", { what: "priority_changed", priority: "urgent" }, ["escalated", "high_priority"], []],
    ["a priority that is raised to high", { what: "priority_changed", priority: "high" }, ["high_priority"], []],
    ["a ticket of an important customer", { isEscalated: true }, ["escalated"], []],
  ])("is raised for %s", async (_, ticket, reasons, words) => {
    log = await logs.newLog();
    const [event] = await appendEvents(log, ticketEvent(ticket));
    const [riskEvent, ...extra] = await detectRisks([event!]);
    expect(extra).toEqual([]);
    expect(riskEvent).toMatchObject({
      ...{ type: risk, timestamp: event!.timestamp, ref: ticketRef(1), platform: "sidelight", object: "ticket" },
      data: { reasons, words, ticket: ticketRef(1), customer: "company:1", causedBy: event!.event_id },
    });
    expect(JSON.stringify(riskEvent!.data)).not.toMatch(/want|others|kündige/);
  });

  it.each<[string, TicketFields]>([
    ["an ordinary ticket", {}],
    ["an ordinary comment", { what: "comment_added", text: "Any news?" }],
    ["an ordinary comment on an urgent ticket", { what: "comment_added", text: "Any news?", priority: "urgent" }],
    ["a ticket without a priority or a title", { priority: null, text: null }],
    [
      "a cancellation that an agent mentions",
      { what: "comment_added", text: "I cancelled it", data: { comment: { byStaff: true } } },
    ],
    ["an internal note", { what: "comment_added", text: "may cancel", data: { comment: { isPublic: false } } }],
    ["a status change of an urgent ticket", { what: "status_changed", priority: "urgent" }],
  ])("is not raised for %s", async (_, ticket) => {
    log = await logs.newLog();
    expect(await detectRisks(await appendEvents(log, ticketEvent(ticket)))).toEqual([]);
  });

  it("is raised for a bad rating, and not again for a comment on it or for a good one", async () => {
    log = await logs.newLog();
    const [riskEvent] = await detectRisks(await appendEvents(log, ratingEvent("bad")));
    expect(riskEvent?.data).toMatchObject({
      reasons: ["bad_rating"],
      ticket: null,
      why: ["The customer rated the support as bad."],
    });
    expect(await detectRisks(await appendEvents(log, ratingEvent("bad", "updated")))).toEqual([]);
    expect(await detectRisks(await appendEvents(log, ratingEvent("good", "created", 2)))).toEqual([]);
    expect(types(await detectRisks(await appendEvents(log, ratingEvent("bad", "updated", 2))))).toEqual([risk]);
  });

  it("is raised when a ticket is reopened for the second time, not for the first", async () => {
    log = await logs.newLog();
    const change = async (status: TicketStatus) =>
      detectRisks(await appendEvents(log, ticketEvent({ what: status === "new" ? "created" : "status_changed", status })));
    for (const status of ["new", "solved", "open", "pending", "open", "solved"] as const)
      expect(await change(status)).toEqual([]);
    expect((await change("open"))[0]?.data).toMatchObject({
      reasons: ["reopened"],
      why: ["A ticket was reopened 2 times or more."],
    });
  });

  it("is raised when a ticket gets the tag of an escalation, and not again while it has it", async () => {
    log = await logs.newLog();
    expect(await detectRisks(await appendEvents(log, ticketEvent()))).toEqual([]);
    const [riskEvent] = await detectRisks(await appendEvents(log, ticketEvent({ what: "tags_changed", isEscalated: true })));
    expect(riskEvent?.data).toMatchObject({ reasons: ["escalated"], cause: "escalated" });
    expect(await detectRisks(await appendEvents(log, ticketEvent({ what: "updated", isEscalated: true })))).toEqual([]);
  });

  it("is raised for a confirmed fall of health, with its causes in words", async () => {
    log = await logs.newLog();
    const [riskEvent] = await detectRisks(await appendEvents(log, fallEvent("at_risk")));
    expect(riskEvent?.data).toMatchObject({
      reasons: ["health_at_risk"],
      ticket: null,
      why: ["Health fell from 80 (good) to 39 (at risk): the renewal is 37 days overdue, last active 31 days ago."],
    });
    log = await logs.newLog();
    expect((await detectRisks(await appendEvents(log, fallEvent("watch"))))[0]?.data).toMatchObject({
      reasons: ["health_falling"],
    });
  });

  it("is not raised for a harmless question of a customer whose usage is falling", async () => {
    log = await logs.newLog();
    expect(await detectRisks(await appendEvents(log, ticketEvent({ text: "Where is the map?" })))).toEqual([]);
  });

  it("is raised once for a ticket, within a batch and across batches, and again for a graver cause", async () => {
    log = await logs.newLog();
    const urgent = { priority: "urgent" } as const;
    const batch = [ticketEvent(urgent), ticketEvent({ ...urgent, what: "priority_changed" }), ticketEvent({ ...urgent, id: 2 })];
    const risks = await detectRisks(await appendEvents(log, ...batch));
    expect(risks.map((e) => [e.data["ticket"], e.data["cause"]])).toEqual([
      [ticketRef(1), "high_priority"],
      [ticketRef(1), "escalated"],
      [ticketRef(2), "high_priority"],
    ]);
    expect(await detectRisks(await appendEvents(log, ticketEvent({ ...urgent, what: "priority_changed" })))).toEqual([]);
    const [angry] = await detectRisks(await appendEvents(log, ticketEvent({ what: "comment_added", text: "cancel" })));
    expect(angry?.data).toMatchObject({ ticket: ticketRef(1), cause: "churn_words" });
    expect(await detectRisks(await appendEvents(log, ticketEvent({ what: "comment_added", text: "cancel!" })))).toEqual([]);
  });

  it("is a duplicate when it is derived again after a restart before the commit", async () => {
    log = await logs.newLog();
    const events = await appendEvents(log, ticketEvent({ text: "cancel" }));
    const first = await openChurnDetector(log, settings).detect(events[0]!, customerOf());
    expect(types(await detectRisks(events))).toEqual([risk]);
    const { events: repeatedEvents } = await log.commit({ events: first.events, correlationId: "test" });
    expect(repeatedEvents).toMatchObject([{ isDuplicate: true }]);
  });

  it("does not read the customer of an ordinary event or of its own event", async () => {
    log = await logs.newLog();
    const mustNotRead = () => Promise.reject(new Error("the customer was read"));
    const unreadable: RiskCustomer = { id: mustNotRead, arr: mustNotRead };
    expect(await detectRisks(await appendEvents(log, ticketEvent()), unreadable)).toEqual([]);
    const angry = await appendEvents(log, ticketEvent({ id: 2, text: "cancel" }));
    const head = log.head();
    expect(types(await detectRisks(angry))).toEqual([risk]);
    expect(await detectRisks(await listEventsAfter(log, { after: head }, 10), unreadable)).toEqual([]);
  });

  it("is sealed under the data key of the same person", async () => {
    log = await logs.newLog();
    const [event] = await appendEvents(log, ticketEvent({ text: "cancel" }));
    await detectRisks([event!]);
    const [storedEvent] = await listEventsAfter(log, { after: event!.sequence }, 1);
    expect(storedEvent).toMatchObject({ type: risk, subject: event!.subject, key: event!.key });
    expect(storedEvent!.payload).toMatchObject({ ref: ticketRef(1), interaction: { description: "cancel" } });
  });
});

describe("an alert to a customer's team", () => {
  const angry = (id: number) => ticketEvent({ id, text: "We cancel" });
  const later = (events: LoggedEvent[], ms: number) => events.map((e) => ({ ...e, received_at: e.received_at + ms }));
  const repeats = (events: EventInput[]) => events.map((e) => e.data["isRepeat"]);

  it("is given once for two risks of a customer at once, and once in a week for one cause", async () => {
    log = await logs.newLog();
    expect(repeats(await detectRisks(await appendEvents(log, angry(1), angry(2), angry(3))))).toEqual([false, true, true]);
    expect(repeats(await detectRisks(later(await appendEvents(log, angry(4)), 6 * dayMs)))).toEqual([true]);
    expect(repeats(await detectRisks(later(await appendEvents(log, angry(5)), 8 * dayMs)))).toEqual([false]);
  });

  it("is given to each customer's team", async () => {
    log = await logs.newLog();
    expect(repeats(await detectRisks(await appendEvents(log, angry(1)), customerOf("company:1")))).toEqual([false]);
    expect(repeats(await detectRisks(await appendEvents(log, angry(2)), customerOf("company:2")))).toEqual([false]);
  });

  it("is given again for a graver cause only", async () => {
    log = await logs.newLog();
    const batch = [
      ratingEvent("bad"),
      ticketEvent({ id: 2, priority: "high" }),
      fallEvent("at_risk"),
      angry(3),
      fallEvent("at_risk"),
    ];
    expect(repeats(await detectRisks(await appendEvents(log, ...batch)))).toEqual([false, true, false, false, true]);
  });

  it("is given for another cause that weighs as much on another day, not on the same one", async () => {
    log = await logs.newLog();
    const urgent = (id: number) => ticketEvent({ id, priority: "high" });
    expect(repeats(await detectRisks(await appendEvents(log, ratingEvent("bad"), urgent(1))))).toEqual([false, true]);
    expect(repeats(await detectRisks(later(await appendEvents(log, urgent(2)), 2 * dayMs)))).toEqual([false]);
    expect(repeats(await detectRisks(later(await appendEvents(log, ratingEvent("bad", "created", 2)), 3 * dayMs)))).toEqual([
      true,
    ]);
  });

  it("is not given for a fall of health that follows from the trouble of a few days ago", async () => {
    log = await logs.newLog();
    expect(repeats(await detectRisks(await appendEvents(log, ticketEvent({ priority: "high" }))))).toEqual([false]);
    expect(repeats(await detectRisks(later(await appendEvents(log, fallEvent("watch")), 2 * dayMs)))).toEqual([true]);
    expect(repeats(await detectRisks(later(await appendEvents(log, fallEvent("watch")), 8 * dayMs)))).toEqual([false]);
  });

  it("is given when the same cause was not worth an alert earlier, and the other way round is a repeat", async () => {
    log = await logs.newLog();
    const small = customerOf("company:1", { amount: 1_000, currency: "USD" });
    expect(repeats(await detectRisks(await appendEvents(log, angry(1), angry(2)), small))).toEqual([false, true]);
    expect(repeats(await detectRisks(await appendEvents(log, angry(3), angry(4))))).toEqual([false, true]);
    expect(repeats(await detectRisks(await appendEvents(log, angry(5)), small))).toEqual([true]);
  });

  it("has no limit when the configuration sets none", async () => {
    log = await logs.newLog();
    const risks = await detectRisks(await appendEvents(log, angry(1), angry(2)), customerOf(), { ...settings, repeatDays: 0 });
    expect(repeats(risks)).toEqual([false, false]);
  });

  it.each<[string, Money | null, TicketFields, boolean]>([
    ["a value above the threshold of its currency", { amount: 50_001, currency: "USD" }, { priority: "high" }, true],
    ["a value at the threshold", { amount: 50_000, currency: "USD" }, { text: "cancel" }, false],
    ["a value that is high in a weak currency only", { amount: 60_000, currency: "JPY" }, { text: "cancel" }, false],
    ["a currency without a threshold and a grave cause", { amount: 1, currency: "XAU" }, { text: "cancel" }, true],
    ["a currency without a threshold and a light cause", { amount: 1, currency: "XAU" }, { priority: "high" }, false],
    ["no value and a grave cause", null, { text: "cancel" }, true],
    ["no value and a light cause", null, { priority: "high" }, false],
  ])("for %s", async (_, arr, ticket, isAlert) => {
    log = await logs.newLog();
    const [riskEvent] = await detectRisks(await appendEvents(log, ticketEvent(ticket)), customerOf("company:1", arr));
    expect(riskEvent?.data).toMatchObject({ isAlert });
  });

  it("uses one number for every currency when the configuration has one", async () => {
    log = await logs.newLog();
    const customer = customerOf("company:1", { amount: 60_000, currency: "JPY" });
    const [riskEvent] = await detectRisks(await appendEvents(log, angry(1)), customer, { ...settings, accountAbove: 50_000 });
    expect(riskEvent?.data).toMatchObject({ isAlert: true });
  });
});
