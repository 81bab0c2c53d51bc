import { advanceUntil, idle } from "@sidelight/test-support/advance.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({ otherTenant: true });
});
afterAll(() => harness.close());

const requesterId = () => {
  const tickets = [...harness.lab.tenants["acme"]!.world.zendesk.tickets.values()] as unknown as { requester_id: number }[];
  return String(tickets[0]!.requester_id);
};
let tickets = 800_000;
const newTicket = () => ({ id: ++tickets, requesterId: requesterId(), updatedAt: harness.clock.now() });

describe("the trace of an event", () => {
  it("has each stage with its time, the customer's state at that time, and the panels that showed it", async () => {
    const ticket = newTicket();
    // Of normal priority: no other event is derived from it.
    const wire = ticketEvent("created", { ...ticket, priority: "NORMAL", subject: "Export stops" });
    const webhook = await sendZendesk(harness, wire);
    const id = webhook.body.eventIds[0]!;
    const context = (await harness.context(`zendesk.user:${ticket.requesterId}`)).body;
    const { body } = await harness.request(`/v1/events/${id}`);
    expect(body).toMatchObject({
      eventId: id,
      eventType: "zendesk.ticket.created",
      tenant: "acme",
      schemaVersion: 2,
      source: { platform: "zendesk", connection: "zendesk", objectType: "ticket", objectId: String(ticket.id) },
      customer: { id: context.customer!.id, email: context.customer!.email },
      interaction: {
        type: "ticket",
        priority: "normal",
        category: "question",
        description: "Export stops\nThe export stops halfway.",
      },
    });
    expect(body.source.sourceEventId).toBe(wire["id"]);
    expect(body.trace.map((s: { stage: string }) => s.stage)).toEqual([
      "received",
      "verified",
      "parsed",
      "appended",
      "matched",
      "projected",
    ]);
    const times = body.trace.map((s: { at: string }) => Date.parse(s.at));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    const account = context.sections.account!.data;
    expect(body.context.accountValue).toEqual(account?.arr ?? null);
    expect(body.context.previousTickets).toBeGreaterThan(0);

    harness.clock.advance(1_000);
    await harness.context(`zendesk.ticket:${ticket.id}`, { role: "agent", headers: { "x-sidelight-panel": "zendesk" } });
    const lastStage = (await harness.request(`/v1/events/${id}`)).body.trace.at(-1);
    expect(lastStage).toEqual({ stage: "seen", at: new Date(harness.clock.now()).toISOString(), detail: null, panel: "zendesk" });
  });

  it("keeps the customer's state when more events arrive", async () => {
    const first = await sendZendesk(harness, ticketEvent("created", newTicket()));
    const context = async () => (await harness.request(`/v1/events/${first.body.eventIds[0]}`)).body.context;
    const contextAtFirst = await context();
    await sendZendesk(harness, ticketEvent("created", newTicket()));
    expect(await context()).toEqual(contextAtFirst);
  });

  it("is closed to the key of a panel, and 404 for another tenant and for an unknown id", async () => {
    const webhook = await sendZendesk(harness, ticketEvent("created", newTicket()));
    const path = `/v1/events/${webhook.body.eventIds[0]}`;
    expect((await harness.request(path, { role: "agent" })).body.code).toBe("forbidden");
    expect((await harness.request(path, { tenant: "globex" })).status).toBe(404);
    expect((await harness.request("/v1/events/evt_nothing")).body.code).toBe("not_found");
  });
});

describe("the list of events", () => {
  it("has pages, newest first, without gap or repetition while events arrive", async () => {
    for (let i = 0; i < 5; i++) await sendZendesk(harness, ticketEvent("created", newTicket()));
    const first = (await harness.request("/v1/events?limit=3")).body;
    await sendZendesk(harness, ticketEvent("created", newTicket()));
    const second = (await harness.request(`/v1/events?limit=3&cursor=${first.nextCursor}`)).body;
    const sequences = [...first.items, ...second.items].map((e: { sequence: number }) => e.sequence);
    expect(sequences).toEqual([0, 1, 2, 3, 4, 5].map((i) => sequences[0]! - i));
  });

  it("is filtered by platform, type and time", async () => {
    const since = new Date(harness.clock.now() + 1).toISOString();
    harness.clock.advance(10);
    await sendZendesk(
      harness,
      ticketEvent("comment_added", newTicket(), { comment: { id: "5", body: "A comment", is_public: true } }),
    );
    const { items } = (await harness.request(`/v1/events?since=${since}&source=zendesk&type=zendesk.ticket.comment_added`)).body;
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({ interaction: { description: "A comment" }, data: { comment: { id: "5", isPublic: true } } });
    expect((await harness.request("/v1/events?source=mixpanel&limit=1")).body.items[0].source.platform).toBe("mixpanel");
    expect((await harness.request("/v1/events?type=no.such.type")).body).toEqual({ items: [], nextCursor: null });
  });

  it("finds an event by the platform's own id, in its tenant only", async () => {
    const wire = ticketEvent("created", newTicket());
    const { body } = await sendZendesk(harness, wire);
    const query = `/v1/events?sourceEventId=${String(wire["id"])}`;
    const { items } = (await harness.request(query)).body;
    expect(items.map((e: { eventId: string }) => e.eventId)).toEqual(body.eventIds);
    expect(items[0].source.sourceEventId).toBe(wire["id"]);
    expect((await harness.request(query, { tenant: "globex" })).body.items).toEqual([]);
    expect((await harness.request("/v1/events?sourceEventId=unknown")).body.items).toEqual([]);
  });

  it("finds a trigger by its invocation id", async () => {
    const invocation = "01FB0M9WZX1HSKNCEMX2EE7HKQ";
    const { body } = await sendZendesk(harness, { ticket_id: String(newTicket().id) });
    const { items } = (await harness.request(`/v1/events?sourceEventId=${invocation}`)).body;
    expect(items.map((e: { eventId: string }) => e.eventId)).toEqual(body.eventIds);
  });

  it("names a change that a pull found like the webhook would have", async () => {
    const mark = (await harness.request("/v1/events?limit=1")).body.items[0].sequence;
    const { runScenario } = await import("../lab/world/mutations/index.ts");
    runScenario(harness.lab.tenants["acme"]!.world, "ticket_solved", { seed: 3, at: harness.clock.now() });
    runScenario(harness.lab.tenants["acme"]!.world, "deal_won", { seed: 3, at: harness.clock.now() });
    const types = async () =>
      (await harness.request("/v1/events?limit=100")).body.items
        .filter((e: { sequence: number }) => e.sequence > mark)
        .map((e: { eventType: string }) => e.eventType);
    await advanceUntil(harness.clock, 30_000, "the pulls", async () => {
      const eventTypes = await types();
      return eventTypes.includes("zendesk.ticket.status_changed") && eventTypes.includes("salesforce.opportunity.closed_won");
    });
  });
});

describe("the quarantine", () => {
  const messages = async (query = "") => (await harness.request(`/v1/quarantine${query}`)).body.items;

  it("lists an unusable message with its reason and without its content", async () => {
    await sendZendesk(harness, { ...ticketEvent("created", newTicket()), type: "zen:event-type:article.published" });
    const [item] = await messages("?state=quarantined");
    expect(item).toMatchObject({
      platform: "zendesk",
      webhook: "events",
      reason: "unknown_type",
      state: "quarantined",
      resolvedAt: null,
    });
    expect(Object.keys(item)).toEqual([
      "id",
      "platform",
      "connection",
      "webhook",
      "reason",
      "detail",
      "state",
      "receivedAt",
      "resolvedAt",
    ]);
    expect((await harness.request("/v1/quarantine", { role: "service" })).body.code).toBe("forbidden");
    expect((await harness.request("/v1/quarantine", { tenant: "globex" })).body.items).toEqual([]);
  });

  it("keeps a message that is still unusable when it is released", async () => {
    const [item] = await messages("?state=quarantined");
    const response = await harness.request(`/v1/quarantine/${item.id}/release`, { method: "POST" });
    expect(response.body).toEqual({
      accepted: 0,
      duplicates: 0,
      eventIds: [],
      unusable: ["unknown_type: events of article are not used"],
    });
    expect((await messages("?state=quarantined")).map((i: { id: string }) => i.id)).toContain(item.id);
  });

  it("releases a message that a fix made usable, once", async () => {
    const ticket = newTicket();
    const { zendesk } = await import("@sidelight/zendesk/index.ts");
    const source = zendesk.webhooks["events"]!;
    const { parse } = source;
    source.parse = () => Promise.reject(new Error("a bug of ours"));
    const webhook = await sendZendesk(harness, ticketEvent("created", { ...ticket, subject: "Quarantined, then released" }));
    expect(webhook.body).toMatchObject({ accepted: 0, quarantined: 1 });
    source.parse = parse;
    const [item] = await messages("?state=quarantined&type=unreadable");
    const response = await harness.request(`/v1/quarantine/${item.id}/release`, { method: "POST" });
    expect(response.body).toMatchObject({ accepted: 1, unusable: [] });
    const tickets = (await harness.context(`zendesk.ticket:${ticket.id}`)).body.sections.support!.data!.tickets;
    expect(tickets.map((t) => t.subject)).toContain("Quarantined, then released");
    expect((await messages("?state=released"))[0]).toMatchObject({ id: item.id, state: "released" });
    expect((await harness.request(`/v1/quarantine/${item.id}/release`, { method: "POST" })).status).toBe(404);
  });

  it("discards a message for good", async () => {
    await sendZendesk(harness, "nonsense");
    const [item] = await messages("?state=quarantined&type=unreadable");
    expect((await harness.request(`/v1/quarantine/${item.id}/discard`, { method: "POST" })).status).toBe(204);
    expect((await harness.request(`/v1/quarantine/${item.id}/release`, { method: "POST" })).status).toBe(404);
  });
});

describe("a context of the past", () => {
  const atQuery = (ms: number) => `?at=${encodeURIComponent(new Date(ms).toISOString())}`;

  it("has the values that were known then, without a call to a platform", async () => {
    const ticket = newTicket();
    await sendZendesk(harness, ticketEvent("created", { ...ticket, subject: "First" }));
    harness.clock.advance(60_000);
    const instant = harness.clock.now();
    const contextThen = (await harness.context(`zendesk.ticket:${ticket.id}`)).body;
    harness.clock.advance(60_000);
    const later = { ...ticket, updatedAt: harness.clock.now(), subject: "Second", status: "OPEN", priority: "URGENT" };
    await sendZendesk(harness, ticketEvent("priority_changed", later));
    // The clock moved, so streams may pull.
    await idle(harness.clock);
    const requestCount = harness.requests().length;
    const past = await harness.context(`zendesk.ticket:${ticket.id}`, { query: atQuery(instant) });
    expect(harness.requests().length).toBe(requestCount);
    const subjects = (c: typeof contextThen) => c.sections.support!.data!.tickets.map((t) => [t.id, t.subject, t.status]);
    expect(subjects(past.body)).toEqual(subjects(contextThen));
    expect(past.body.customer).toEqual(contextThen.customer);
    expect(past.body.sections.account!.data).toEqual(contextThen.sections.account!.data);
    const present = await harness.context(`zendesk.ticket:${ticket.id}`);
    expect(subjects(present.body)).toContainEqual([String(ticket.id), "Second", "open"]);
    expect((await harness.context(`zendesk.ticket:${ticket.id}`, { query: atQuery(instant - 120_000) })).body.match.state).toBe(
      "none",
    );
  });

  it("is masked by today's rights, and refused for the future and for removed history", async () => {
    const ref = `zendesk.user:${requesterId()}`;
    expect((await harness.context(ref, { role: "agent", query: atQuery(harness.clock.now()) })).body.customer!.email).toMatch(
      /^•••@/,
    );
    expect((await harness.context(ref, { query: atQuery(harness.clock.now() + 10_000) })).status).toBe(400);
    expect((await harness.context(ref, { query: "?at=yesterday" })).status).toBe(400);
    const { writer } = harness.runtime;
    await writer.send({ kind: "prune", tenant: "acme", cutoff: harness.clock.now(), now: harness.clock.now() });
    const response = await harness.context(ref, { query: atQuery(harness.clock.now() - 1) });
    expect([response.status, JSON.stringify(response.body)]).toEqual([400, expect.stringContaining("retention")]);
  });
});
