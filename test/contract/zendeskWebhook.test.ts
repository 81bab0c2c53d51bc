import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type House, openHouse } from "../support/house.ts";
import { until } from "../support/until.ts";
import { sendZendesk, ticketEvent, zendeskSignature } from "../support/zendeskHook.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const log = (tenant = "acme") => house.runtime.tenants.get(tenant)!.tenant.log;
/** Events that Zendesk told of or that were found there: what follows from them comes in its own time. */
const told = async (): Promise<number[]> => {
  const rows = await log().store.from("events").select("sequence").where("platform", "=", "zendesk").execute();
  return rows.map(({ sequence }) => sequence);
};

/** Somebody known, with the id of their Zendesk user. */
function requester(tenant = "acme"): { ref: string; id: string } {
  const { zendesk } = house.lab.tenants[tenant]!.world;
  const [ticket] = [...zendesk.tickets.values()];
  const id = String((ticket as unknown as { requester_id: number }).requester_id);
  return { ref: `zendesk.user:${id}`, id };
}

let tickets = 900_000;
const newTicket = (more: object = {}) => ({
  id: ++tickets,
  requesterId: requester().id,
  updatedAt: house.clock.now(),
  ...more,
});

describe("a Zendesk event", () => {
  it("shows in the next answer, from our own store: the platform isn't asked", async () => {
    const { ref } = requester();
    await house.context(ref);
    const ticket = newTicket({ subject: "Arrived by itself", priority: "URGENT" });
    const answer = await sendZendesk(house, ticketEvent("created", ticket));
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ accepted: 1, duplicates: 0, quarantined: 0, eventIds: [expect.stringMatching(/^evt_/)] });
    const asked = house.requests().length;
    const after = await house.context(ref);
    expect(after.tier).toBe("store");
    const { tickets: shown, highestPriority } = after.body.sections.support!.data!;
    expect(shown.map((t) => t.subject)).toContain("Arrived by itself");
    expect(highestPriority).toBe("urgent");
    expect(house.requests().length).toBe(asked);
  });

  it("counts once, however often it is sent, and whatever timestamp it is signed with", async () => {
    const event = ticketEvent("created", newTicket());
    const first = await sendZendesk(house, event);
    const before = await told();
    house.clock.advance(10_000);
    const [second, third] = await Promise.all([sendZendesk(house, event), sendZendesk(house, event)]);
    expect(second.body).toEqual({ accepted: 0, duplicates: 1, quarantined: 0, eventIds: first.body.eventIds });
    expect(third.body).toEqual(second.body);
    expect(await told()).toEqual(before);
    const twin = ticketEvent("created", newTicket());
    const both = await Promise.all([sendZendesk(house, twin), sendZendesk(house, twin)]);
    expect(both.map((b) => b.body.accepted + b.body.duplicates * 10).sort()).toEqual([1, 10]);
  });

  it("that is older than what is known changes nothing, also within the second that Zendesk tells", async () => {
    const now = Math.floor(house.clock.now() / 1000) * 1000;
    const ticket = newTicket({ updatedAt: now + 100 });
    await sendZendesk(house, ticketEvent("created", ticket));
    const solved = ticketEvent("status_changed", { ...ticket, updatedAt: now + 900, status: "SOLVED" });
    const pending = ticketEvent("status_changed", { ...ticket, updatedAt: now + 500, status: "PENDING" });
    await sendZendesk(house, solved);
    const late = await sendZendesk(house, pending);
    expect(late.body.accepted).toBe(1);
    const shown = (await house.context(`zendesk.ticket:${ticket.id}`)).body.sections.support!.data!.tickets;
    expect(shown.find((t) => t.id === String(ticket.id))?.status).toBe("solved");
  });

  it("of somebody unknown brings them along", async () => {
    const { zendesk } = house.lab.tenants["acme"]!.world;
    const stranger = [...zendesk.users.values()].find((u) => (u as unknown as { role: string }).role === "end-user")!;
    const id = String((stranger as unknown as { id: number }).id);
    const empty = await openHouse({ pull: false });
    try {
      await sendZendesk(empty, ticketEvent("created", { id: 7, requesterId: id, updatedAt: empty.clock.now() }));
      await until("the requester", () => {
        empty.clock.advance(200);
        return empty.requests("zendesk").some((r) => r.path.startsWith(`/api/v2/users/${id}`));
      });
      await empty.runtime.tenants.get("acme")!.hub.followUps.settled();
      expect((await empty.context(`zendesk.user:${id}`, { query: "?sections=notes" })).body.match.state).toBe("resolved");
    } finally {
      await empty.close();
    }
  });

  it("of a kind nobody knows is kept, and never refused", async () => {
    const unknown = { ...ticketEvent("created", newTicket()), type: "zen:event-type:article.published" };
    expect((await sendZendesk(house, unknown)).body).toMatchObject({ accepted: 0, quarantined: 1 });
    expect((await sendZendesk(house, "not json")).body).toMatchObject({ accepted: 0, quarantined: 1 });
    expect((await sendZendesk(house, "")).body).toMatchObject({ accepted: 0, quarantined: 1 });
    expect((await sendZendesk(house, { type: 7, zendesk_event_version: "2022-11-06" })).body).toMatchObject({ quarantined: 1 });
  });

  it("is read with a slash for the colon, and with numbers for ids", async () => {
    const ticket = newTicket();
    const event = ticketEvent("created", ticket);
    const detail = { ...(event["detail"] as object), id: ticket.id, requester_id: Number(ticket.requesterId), status: "open" };
    const answer = await sendZendesk(house, { ...event, type: "zen:event-type/ticket.created", detail });
    expect(answer.body.accepted).toBe(1);
    expect((await house.context(`zendesk.ticket:${ticket.id}`)).body.match.state).toBe("resolved");
  });
});

describe("a trigger's webhook", () => {
  it("has its ticket fetched, once for the same bytes of the same moment", async () => {
    const [ticket] = [...house.lab.tenants["acme"]!.world.zendesk.tickets.values()] as unknown as { id: number }[];
    const asked = house.requests("zendesk").length;
    const timestamp = new Date(house.clock.now()).toISOString();
    const first = await sendZendesk(house, { ticket_id: String(ticket!.id) }, { timestamp });
    expect(first.body.accepted).toBe(1);
    const again = await sendZendesk(
      house,
      { ticket_id: String(ticket!.id) },
      {
        timestamp,
        headers: { "x-zendesk-webhook-invocation-id": "another" },
      },
    );
    expect(again.body.duplicates).toBe(1);
    await until("the ticket", () => {
      house.clock.advance(200);
      return house
        .requests("zendesk")
        .slice(asked)
        .some((r) => r.path.startsWith(`/api/v2/tickets/${ticket!.id}`));
    });
    expect((await sendZendesk(house, { hello: "world" })).body.quarantined).toBe(1);
  });
});

describe("a Zendesk webhook is refused, and nothing is kept", () => {
  const body = JSON.stringify(ticketEvent("created", { id: 1, requesterId: 2, updatedAt: 0 }));
  const now = () => new Date(house.clock.now()).toISOString();
  const own = () => house.webhooks["acme"]!;
  const cases: [string, () => Parameters<typeof sendZendesk>[2]][] = [
    ["with a wrong secret", () => ({ secret: "another" })],
    ["with another tenant's secret", () => ({ secret: house.webhooks["globex"]!.zendesk })],
    ["with another connection's secret", () => ({ secret: own().generic })],
    ["with the public test secret", () => ({ secret: "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==" })],
    ["with a decoded key", () => ({ signature: decodedSignature(own().zendesk, now(), body) })],
    ["signed as body and timestamp", () => ({ signature: zendeskSignature(own().zendesk, body, now()) })],
    ["with a stale timestamp", () => ({ timestamp: new Date(house.clock.now() - 301_000).toISOString() })],
    ["with a timestamp of the future", () => ({ timestamp: new Date(house.clock.now() + 301_000).toISOString() })],
    ["with a timestamp that is none", () => ({ timestamp: "yesterday" })],
    ["with a bare number for a timestamp", () => ({ timestamp: String(Math.floor(house.clock.now() / 1000)) })],
    ["without a signature", () => ({ signature: "" })],
    ["with a short signature", () => ({ signature: "YWJj" })],
    ["with a signature that is no base64", () => ({ signature: "!".repeat(44) })],
    [
      "with a signature in hexadecimal",
      () => ({ signature: Buffer.from(zendeskSignature(own().zendesk, now(), body), "base64").toString("hex") }),
    ],
    ["with half a signature", () => ({ signature: zendeskSignature(own().zendesk, now(), body).slice(0, 22) })],
    ["with a tampered body", () => ({ signature: zendeskSignature(own().zendesk, now(), body.replace("NEW", "OLD")) })],
    ["at an unknown path", () => ({ token: "unknown" })],
    ["at another tenant's path", () => ({ token: house.webhooks["globex"]!.token.zendesk })],
    ["at another platform's path", () => ({ token: own().token.mixpanel })],
  ];

  it.each(cases)("%s", async (_, sending) => {
    const before = await told();
    const answer = await sendZendesk(house, body, sending());
    expect([answer.status, (answer.body as unknown as { code: string }).code]).toEqual([401, "unauthenticated"]);
    expect(await told()).toEqual(before);
  });

  it("whose header is longer than any", async () => {
    expect((await sendZendesk(house, body, { signature: "A".repeat(8_000) })).status).toBe(401);
    expect((await house.ask("/v1/webhooks/nobody/zendesk/x", { role: null, method: "POST", body })).status).toBe(401);
  });
});

function decodedSignature(secret: string, timestamp: string, body: string): string {
  return zendeskSignature(Buffer.from(secret, "base64").toString("latin1"), timestamp, body);
}

describe("a rotation of the secret", () => {
  it("has two secrets valid, until the overlap ends", async () => {
    const until = new Date(house.clock.now() + 3_600_000).toISOString();
    const rotating = await openHouse({
      pull: false,
      configure: (config) => {
        const webhook = config.tenants.acme.connections.find((c: { id: string }) => c.id === "zendesk").webhooks[0];
        webhook.previous = { secret: "acme.generic.webhook", until };
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
