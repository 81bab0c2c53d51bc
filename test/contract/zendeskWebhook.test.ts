import { queriesOf } from "@sidelight/context-api/store/queries.ts";
import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import { sendZendesk, ticketEvent, zendeskSignature } from "../harness/zendeskWebhook.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({ otherTenant: true });
});
afterAll(() => harness.close());

const log = (tenant = "acme") => harness.runtime.tenants.get(tenant)!.tenant.log;
/** Events from Zendesk. Follow-up events arrive later. */
const zendeskEvents = async (): Promise<number[]> => {
  const rows = await queriesOf(log().store).from("events").select("sequence").where("platform", "=", "zendesk").execute();
  return rows.map(({ sequence }) => sequence);
};

/** A known customer, with the id of their Zendesk user. */
function requester(tenant = "acme"): { ref: string; id: string } {
  const { zendesk } = harness.lab.tenants[tenant]!.world;
  const [ticket] = [...zendesk.tickets.values()];
  const id = String((ticket as unknown as { requester_id: number }).requester_id);
  return { ref: `zendesk.user:${id}`, id };
}

let tickets = 900_000;
const newTicket = (extra: object = {}) => ({
  id: ++tickets,
  requesterId: requester().id,
  updatedAt: harness.clock.now(),
  ...extra,
});

describe("a Zendesk event", () => {
  it("is shown in the next response from our own store, without a call to the platform", async () => {
    const { ref } = requester();
    await harness.context(ref);
    const ticket = newTicket({ subject: "Arrived by itself", priority: "URGENT" });
    const answer = await sendZendesk(harness, ticketEvent("created", ticket));
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ accepted: 1, duplicates: 0, quarantined: 0, eventIds: [expect.stringMatching(/^evt_/)] });
    const calls = harness.requests().length;
    const context = await harness.context(ref);
    expect(context.tier).toBe("store");
    const { tickets: shownTickets, highestPriority } = context.body.sections.support!.data!;
    expect(shownTickets.map((t) => t.subject)).toContain("Arrived by itself");
    expect(highestPriority).toBe("urgent");
    expect(harness.requests().length).toBe(calls);
  });

  it("counts once, however often it is sent and with any signed timestamp", async () => {
    const event = ticketEvent("created", newTicket());
    const first = await sendZendesk(harness, event);
    const previous = await zendeskEvents();
    harness.clock.advance(10_000);
    const [second, third] = await Promise.all([sendZendesk(harness, event), sendZendesk(harness, event)]);
    expect(second.body).toEqual({ accepted: 0, duplicates: 1, quarantined: 0, eventIds: first.body.eventIds });
    expect(third.body).toEqual(second.body);
    expect(await zendeskEvents()).toEqual(previous);
    const twin = ticketEvent("created", newTicket());
    const responses = await Promise.all([sendZendesk(harness, twin), sendZendesk(harness, twin)]);
    expect(responses.map((b) => b.body.accepted + b.body.duplicates * 10).sort()).toEqual([1, 10]);
  });

  it("changes nothing when it is older than the stored state, even within Zendesk's second", async () => {
    const now = Math.floor(harness.clock.now() / 1000) * 1000;
    const ticket = newTicket({ updatedAt: now + 100 });
    await sendZendesk(harness, ticketEvent("created", ticket));
    const solvedEvent = ticketEvent("status_changed", { ...ticket, updatedAt: now + 900, status: "SOLVED" });
    const pending = ticketEvent("status_changed", { ...ticket, updatedAt: now + 500, status: "PENDING" });
    await sendZendesk(harness, solvedEvent);
    const lateResponse = await sendZendesk(harness, pending);
    expect(lateResponse.body.accepted).toBe(1);
    const shownTickets = (await harness.context(`zendesk.ticket:${ticket.id}`)).body.sections.support!.data!.tickets;
    expect(shownTickets.find((t) => t.id === String(ticket.id))?.status).toBe("solved");
  });

  it("of an unknown requester creates the customer", async () => {
    const { zendesk } = harness.lab.tenants["acme"]!.world;
    const stranger = [...zendesk.users.values()].find((u) => (u as unknown as { role: string }).role === "end-user")!;
    const id = String((stranger as unknown as { id: number }).id);
    const empty = await openHarness({ pull: false });
    try {
      await sendZendesk(empty, ticketEvent("created", { id: 7, requesterId: id, updatedAt: empty.clock.now() }));
      await advanceUntil(empty.clock, 200, "the requester", () => {
        return empty.requests("zendesk").some((r) => r.path.startsWith(`/api/v2/users/${id}`));
      });
      await empty.runtime.tenants.get("acme")!.ingest.followUps.settled();
      expect((await empty.context(`zendesk.user:${id}`, { query: "?sections=notes" })).body.match.state).toBe("resolved");
    } finally {
      await empty.close();
    }
  });

  it("is stored and never refused when its type is unknown", async () => {
    const unknown = { ...ticketEvent("created", newTicket()), type: "zen:event-type:article.published" };
    expect((await sendZendesk(harness, unknown)).body).toMatchObject({ accepted: 0, quarantined: 1 });
    expect((await sendZendesk(harness, "not json")).body).toMatchObject({ accepted: 0, quarantined: 1 });
    expect((await sendZendesk(harness, "")).body).toMatchObject({ accepted: 0, quarantined: 1 });
    expect((await sendZendesk(harness, { type: 7, zendesk_event_version: "2022-11-06" })).body).toMatchObject({ quarantined: 1 });
  });

  it("is parsed with a slash for the colon, and with numbers for ids", async () => {
    const ticket = newTicket();
    const event = ticketEvent("created", ticket);
    const detail = { ...(event["detail"] as object), id: ticket.id, requester_id: Number(ticket.requesterId), status: "open" };
    const answer = await sendZendesk(harness, { ...event, type: "zen:event-type/ticket.created", detail });
    expect(answer.body.accepted).toBe(1);
    expect((await harness.context(`zendesk.ticket:${ticket.id}`)).body.match.state).toBe("resolved");
  });
});

describe("a trigger's webhook", () => {
  it("fetches its ticket, once for the same bytes at the same moment", async () => {
    const [ticket] = [...harness.lab.tenants["acme"]!.world.zendesk.tickets.values()] as unknown as { id: number }[];
    const calls = harness.requests("zendesk").length;
    const timestamp = new Date(harness.clock.now()).toISOString();
    const first = await sendZendesk(harness, { ticket_id: String(ticket!.id) }, { timestamp });
    expect(first.body.accepted).toBe(1);
    const repeatReply = await sendZendesk(
      harness,
      { ticket_id: String(ticket!.id) },
      {
        timestamp,
        headers: { "x-zendesk-webhook-invocation-id": "another" },
      },
    );
    expect(repeatReply.body.duplicates).toBe(1);
    await advanceUntil(harness.clock, 200, "the ticket", () => {
      return harness
        .requests("zendesk")
        .slice(calls)
        .some((r) => r.path.startsWith(`/api/v2/tickets/${ticket!.id}`));
    });
    expect((await sendZendesk(harness, { hello: "world" })).body.quarantined).toBe(1);
  });
});

describe("a Zendesk webhook is refused, and nothing is stored", () => {
  const body = JSON.stringify(ticketEvent("created", { id: 1, requesterId: 2, updatedAt: 0 }));
  const now = () => new Date(harness.clock.now()).toISOString();
  const webhooks = () => harness.webhooks["acme"]!;
  const cases: [string, () => Parameters<typeof sendZendesk>[2]][] = [
    ["with a wrong secret", () => ({ secret: "another" })],
    ["with another tenant's secret", () => ({ secret: harness.webhooks["globex"]!.zendesk })],
    ["with another connection's secret", () => ({ secret: webhooks().generic })],
    ["with the public test secret", () => ({ secret: "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==" })],
    ["with a decoded key", () => ({ signature: decodedSignature(webhooks().zendesk, now(), body) })],
    ["signed as body and timestamp", () => ({ signature: zendeskSignature(webhooks().zendesk, body, now()) })],
    ["with an expired timestamp", () => ({ timestamp: new Date(harness.clock.now() - 301_000).toISOString() })],
    ["with a timestamp in the future", () => ({ timestamp: new Date(harness.clock.now() + 301_000).toISOString() })],
    ["with an invalid timestamp", () => ({ timestamp: "yesterday" })],
    ["with a bare number as the timestamp", () => ({ timestamp: String(Math.floor(harness.clock.now() / 1000)) })],
    ["without a signature", () => ({ signature: "" })],
    ["with a short signature", () => ({ signature: "YWJj" })],
    ["with a signature that is not base64", () => ({ signature: "!".repeat(44) })],
    [
      "with a signature in hexadecimal",
      () => ({ signature: Buffer.from(zendeskSignature(webhooks().zendesk, now(), body), "base64").toString("hex") }),
    ],
    ["with half a signature", () => ({ signature: zendeskSignature(webhooks().zendesk, now(), body).slice(0, 22) })],
    ["with a tampered body", () => ({ signature: zendeskSignature(webhooks().zendesk, now(), body.replace("NEW", "OLD")) })],
    ["at an unknown path", () => ({ token: "unknown" })],
    ["at another tenant's path", () => ({ token: harness.webhooks["globex"]!.token.zendesk })],
    ["at another platform's path", () => ({ token: webhooks().token.mixpanel })],
  ];

  it.each(cases)("%s", async (_, sending) => {
    const previous = await zendeskEvents();
    const answer = await sendZendesk(harness, body, sending());
    expect([answer.status, (answer.body as unknown as { code: string }).code]).toEqual([401, "unauthenticated"]);
    expect(await zendeskEvents()).toEqual(previous);
  });

  it("with an oversized header", async () => {
    expect((await sendZendesk(harness, body, { signature: "A".repeat(8_000) })).status).toBe(401);
    expect((await harness.request("/v1/webhooks/nobody/zendesk/x", { role: null, method: "POST", body })).status).toBe(401);
  });
});

function decodedSignature(secret: string, timestamp: string, body: string): string {
  return zendeskSignature(Buffer.from(secret, "base64").toString("latin1"), timestamp, body);
}

describe("a rotation of the secret", () => {
  it("accepts both secrets until the overlap ends", async () => {
    const overlapEnds = new Date(harness.clock.now() + 3_600_000).toISOString();
    const rotating = await openHarness({
      pull: false,
      configure: (config) => {
        const webhook = config.tenants.acme.connections.find((c: { id: string }) => c.id === "zendesk").webhooks[0];
        webhook.previous = { secret: "acme.generic.webhook", until: overlapEnds };
      },
    });
    try {
      const send = (secret: string) =>
        sendZendesk(rotating, ticketEvent("created", { id: ++tickets, requesterId: 1, updatedAt: 0 }), { secret });
      const { zendesk: present, generic: old } = rotating.webhooks["acme"]!;
      expect([(await send(present)).status, (await send(old)).status]).toEqual([200, 200]);
      rotating.clock.advance(7_200_000);
      expect([(await send(present)).status, (await send(old)).status]).toEqual([200, 401]);
    } finally {
      await rotating.close();
    }
  });
});
