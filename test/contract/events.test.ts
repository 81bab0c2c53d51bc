import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type House, openHouse } from "../support/house.ts";
import { sendZendesk, ticketEvent } from "../support/zendeskHook.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const someone = () => {
  const tickets = [...house.lab.tenants["acme"]!.world.zendesk.tickets.values()] as unknown as { requester_id: number }[];
  return String(tickets[0]!.requester_id);
};
let tickets = 800_000;
const newTicket = () => ({ id: ++tickets, requesterId: someone(), updatedAt: house.clock.now() });

describe("the story of an event", () => {
  it("tells each stage with its time, what was known of the customer, and who has seen it", async () => {
    const ticket = newTicket();
    const sent = await sendZendesk(house, ticketEvent("created", { ...ticket, priority: "HIGH", subject: "A story" }));
    const id = sent.body.eventIds[0]!;
    const before = (await house.context(`zendesk.user:${ticket.requesterId}`)).body;
    const { body } = await house.ask(`/v1/events/${id}`);
    expect(body).toMatchObject({
      eventId: id,
      eventType: "zendesk.ticket.created",
      tenant: "acme",
      schemaVersion: 2,
      source: { platform: "zendesk", connection: "zendesk", objectType: "ticket", objectId: String(ticket.id) },
      customer: { id: before.customer!.id, email: before.customer!.email },
      interaction: { type: "ticket", priority: "high", category: "question", description: "A story\nThe export stops halfway." },
    });
    expect(body.source.sourceEventId).not.toContain("0000");
    expect(body.story.map((s: { stage: string }) => s.stage)).toEqual([
      "received",
      "authenticated",
      "parsed",
      "appended",
      "matched",
      "projected",
    ]);
    const times = body.story.map((s: { at: string }) => Date.parse(s.at));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    const shown = before.sections.account!.data;
    expect(body.context.accountValue).toEqual(shown?.arr ?? null);
    expect(body.context.previousTickets).toBeGreaterThan(0);

    house.clock.advance(1_000);
    await house.context(`zendesk.ticket:${ticket.id}`, { role: "agent", headers: { "x-sidelight-panel": "zendesk" } });
    const seen = (await house.ask(`/v1/events/${id}`)).body.story.at(-1);
    expect(seen).toEqual({ stage: "seen", at: new Date(house.clock.now()).toISOString(), detail: null, panel: "zendesk" });
  });

  it("doesn't change what was known then when more comes", async () => {
    const first = await sendZendesk(house, ticketEvent("created", newTicket()));
    const context = async () => (await house.ask(`/v1/events/${first.body.eventIds[0]}`)).body.context;
    const before = await context();
    await sendZendesk(house, ticketEvent("created", newTicket()));
    expect(await context()).toEqual(before);
  });

  it("is masked by role, a tenant's own, and 404 for what isn't there", async () => {
    const sent = await sendZendesk(house, ticketEvent("created", newTicket()));
    const path = `/v1/events/${sent.body.eventIds[0]}`;
    expect((await house.ask(path, { role: "agent" })).body.customer.email).toMatch(/^•••@/);
    expect((await house.ask(path, { tenant: "globex" })).status).toBe(404);
    expect((await house.ask("/v1/events/evt_nothing")).body.code).toBe("not_found");
  });
});

describe("the log of events", () => {
  it("pages newest first without gap or repetition, while more arrives", async () => {
    for (let i = 0; i < 5; i++) await sendZendesk(house, ticketEvent("created", newTicket()));
    const first = (await house.ask("/v1/events?limit=3")).body;
    await sendZendesk(house, ticketEvent("created", newTicket()));
    const second = (await house.ask(`/v1/events?limit=3&cursor=${first.nextCursor}`)).body;
    const sequences = [...first.items, ...second.items].map((e: { sequence: number }) => e.sequence);
    expect(sequences).toEqual([0, 1, 2, 3, 4, 5].map((i) => sequences[0]! - i));
  });

  it("is filtered by platform, type and time", async () => {
    const since = new Date(house.clock.now() + 1).toISOString();
    house.clock.advance(10);
    await sendZendesk(
      house,
      ticketEvent("comment_added", newTicket(), { comment: { id: "5", body: "A word", is_public: true } }),
    );
    const { items } = (await house.ask(`/v1/events?since=${since}&source=zendesk&type=zendesk.ticket.comment_added`)).body;
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({ interaction: { description: "A word" }, data: { comment: { id: "5", isPublic: true } } });
    expect((await house.ask("/v1/events?source=mixpanel&limit=1")).body.items[0].source.platform).toBe("mixpanel");
    expect((await house.ask("/v1/events?type=no.such.type")).body).toEqual({ items: [], nextCursor: null });
  });

  it("names a change that nobody told of as the webhook would have", async () => {
    const mark = (await house.ask("/v1/events?limit=1")).body.items[0].sequence;
    const { happen } = await import("../lab/world/mutations/index.ts");
    happen(house.lab.tenants["acme"]!.world, "ticket_solved", { seed: 3, at: house.clock.now() });
    happen(house.lab.tenants["acme"]!.world, "deal_won", { seed: 3, at: house.clock.now() });
    const types = async () =>
      (await house.ask("/v1/events?limit=100")).body.items
        .filter((e: { sequence: number }) => e.sequence > mark)
        .map((e: { eventType: string }) => e.eventType);
    const { until } = await import("../support/until.ts");
    await until("the pulls", async () => {
      house.clock.advance(30_000);
      const found = await types();
      return found.includes("zendesk.ticket.status_changed") && found.includes("salesforce.opportunity.closed_won");
    });
  });
});

describe("the quarantine", () => {
  const held = async (query = "") => (await house.ask(`/v1/quarantine${query}`)).body.items;

  it("keeps what can't be used with its reason, and shows nothing of what it says", async () => {
    await sendZendesk(house, { ...ticketEvent("created", newTicket()), type: "zen:event-type:article.published" });
    const [item] = await held("?state=held");
    expect(item).toMatchObject({
      platform: "zendesk",
      webhook: "events",
      reason: "unknown_type",
      state: "held",
      settledAt: null,
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
      "settledAt",
    ]);
    expect((await house.ask("/v1/quarantine", { role: "service" })).body.code).toBe("forbidden");
    expect((await house.ask("/v1/quarantine", { tenant: "globex" })).body.items).toEqual([]);
  });

  it("holds on to what still can't be used when it is released", async () => {
    const [item] = await held("?state=held");
    const released = await house.ask(`/v1/quarantine/${item.id}/release`, { method: "POST" });
    expect(released.body).toEqual({
      accepted: 0,
      duplicates: 0,
      eventIds: [],
      unusable: ["unknown_type: events of article are not used"],
    });
    expect((await held("?state=held")).map((i: { id: string }) => i.id)).toContain(item.id);
  });

  it("releases what a fix made usable, once", async () => {
    const ticket = newTicket();
    const { zendesk } = await import("@sidelight/zendesk/index.ts");
    const inlet = zendesk.webhooks["events"]!;
    const { read } = inlet;
    inlet.read = () => Promise.reject(new Error("a bug of ours"));
    const sent = await sendZendesk(house, ticketEvent("created", { ...ticket, subject: "Held, then used" }));
    expect(sent.body).toMatchObject({ accepted: 0, quarantined: 1 });
    inlet.read = read;
    const [item] = await held("?state=held&type=unreadable");
    const released = await house.ask(`/v1/quarantine/${item.id}/release`, { method: "POST" });
    expect(released.body).toMatchObject({ accepted: 1, unusable: [] });
    const shown = (await house.context(`zendesk.ticket:${ticket.id}`)).body.sections.support!.data!.tickets;
    expect(shown.map((t) => t.subject)).toContain("Held, then used");
    expect((await held("?state=released"))[0]).toMatchObject({ id: item.id, state: "released" });
    expect((await house.ask(`/v1/quarantine/${item.id}/release`, { method: "POST" })).status).toBe(404);
  });

  it("discards for good", async () => {
    await sendZendesk(house, "nonsense");
    const [item] = await held("?state=held&type=unreadable");
    expect((await house.ask(`/v1/quarantine/${item.id}/discard`, { method: "POST" })).status).toBe(204);
    expect((await house.ask(`/v1/quarantine/${item.id}/release`, { method: "POST" })).status).toBe(404);
  });
});

describe("the past", () => {
  const at = (ms: number) => `?at=${encodeURIComponent(new Date(ms).toISOString())}`;

  it("is answered as it was known then, without asking anybody", async () => {
    const ticket = newTicket();
    await sendZendesk(house, ticketEvent("created", { ...ticket, subject: "First" }));
    house.clock.advance(60_000);
    const then = house.clock.now();
    const known = (await house.context(`zendesk.ticket:${ticket.id}`)).body;
    house.clock.advance(60_000);
    const later = { ...ticket, updatedAt: house.clock.now(), subject: "Second", status: "OPEN", priority: "URGENT" };
    await sendZendesk(house, ticketEvent("priority_changed", later));
    const asked = house.requests().length;
    const past = await house.context(`zendesk.ticket:${ticket.id}`, { query: at(then) });
    expect(house.requests().length).toBe(asked);
    const subjects = (c: typeof known) => c.sections.support!.data!.tickets.map((t) => [t.id, t.subject, t.status]);
    expect(subjects(past.body)).toEqual(subjects(known));
    expect(past.body.customer).toEqual(known.customer);
    expect(past.body.sections.account!.data).toEqual(known.sections.account!.data);
    const present = await house.context(`zendesk.ticket:${ticket.id}`);
    expect(subjects(present.body)).toContainEqual([String(ticket.id), "Second", "open"]);
    expect((await house.context(`zendesk.ticket:${ticket.id}`, { query: at(then - 120_000) })).body.match.state).toBe("none");
  });

  it("is masked by today's rights, and has its ends", async () => {
    const ref = `zendesk.user:${someone()}`;
    expect((await house.context(ref, { role: "agent", query: at(house.clock.now()) })).body.customer!.email).toMatch(/^•••@/);
    expect((await house.context(ref, { query: at(house.clock.now() + 10_000) })).status).toBe(400);
    expect((await house.context(ref, { query: "?at=yesterday" })).status).toBe(400);
    const { writer } = house.runtime;
    await writer.send({ kind: "prune", tenant: "acme", before: house.clock.now(), now: house.clock.now() });
    const gone = await house.context(ref, { query: at(house.clock.now() - 1) });
    expect([gone.status, JSON.stringify(gone.body)]).toEqual([400, expect.stringContaining("retention")]);
  });
});
