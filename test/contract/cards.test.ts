import type { Card, CardList } from "@sidelight/contracts/cards/card.ts";
import { isSigned } from "@sidelight/platform-kit/standardWebhooks.ts";
import { type StandIn, type StandInAnswer, standIn } from "@sidelight/test-support/standIn.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ConfigTree, type Harness, openHarness, type RequestOptions } from "../harness/harness.ts";

const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const titles = { en: "Orders", de: "Bestellungen" };
const row = (text: string) => ({ type: "row", label: "Last order", value: { text } });

let harness: Harness;
let service: StandIn;
let answer: () => StandInAnswer | null;
beforeAll(async () => {
  service = await standIn(() => answer());
  harness = await openHarness({
    secrets: { cards: secret },
    configure: (config: ConfigTree) => {
      config.tenants.acme.roles = { rep: { sections: ["account", "invoices"] } };
      const { connections } = config.tenants.acme;
      const list = [
        { key: "orders", title: titles },
        { key: "invoices", title: { en: "Invoices" } },
      ];
      const settings = { cards: { url: `${service.url}/cards`, secret: "cards", list }, allowInsecure: true, allowPrivate: true };
      connections.push({ id: "shop", platform: "generic", settings, circuitBreaker: { failures: 3 } });
    },
  });
});
afterAll(async () => {
  await harness?.close();
  await service?.close();
});
beforeEach(() => {
  service.requests.length = 0;
  // Cards of the previous test have expired, and a circuit that it opened allows a probe.
  harness.clock.advance(3_600_000);
});

const people = () => harness.lab.tenants["acme"]!.world.people.filter((person) => person.zendesk && person.company !== null);
const refOf = (index: number): string =>
  `zendesk.user:${harness.lab.tenants["acme"]!.world.ids.zendesk.user(people()[index]!.index)}`;
const answerWith = (...cards: object[]) => {
  answer = () => ({ status: 200, body: { cards } });
};

async function load(body: object, options: RequestOptions = {}): Promise<Card[]> {
  const response = await harness.request<CardList>("/v1/cards", { method: "POST", body, role: "agent", ...options });
  expect(response.status, response.text).toBe(200);
  return response.body.items;
}

describe("cards of a tenant's service", () => {
  it("are asked for with a signed request that names the customer, and shown in the order of the configuration", async () => {
    answerWith({ key: "invoices", components: null }, { key: "orders", timeToLiveSeconds: 60, components: [row("No. 4711")] });
    const cards = await load({ ref: refOf(0), locale: "de-AT" });
    expect(cards).toEqual([
      {
        ...{ key: "orders", title: "Bestellungen", state: "ok", components: [row("No. 4711")] },
        ...{ loadedAt: new Date(harness.clock.now()).toISOString(), timeToLiveSeconds: 60, problem: null },
      },
      expect.objectContaining({ key: "invoices", title: "Invoices", state: "empty", components: [] }),
    ]);
    const [request] = service.requests;
    const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature } = request!.headers;
    const headers = { id: id!, timestamp: timestamp!, signature: signature! };
    expect(isSigned(secret, headers, Buffer.from(request!.body), harness.clock.now())).toBe(true);
    expect(JSON.parse(request!.body)).toMatchObject({
      cardKeys: ["orders", "invoices"],
      tenant: "acme",
      locale: "de-AT",
      customer: { kind: "person", emails: [people()[0]!.email], refs: expect.arrayContaining([refOf(0)]) },
    });
  });

  it("are kept for the time that the service says, and asked for again when an event changes the customer", async () => {
    answerWith({ key: "orders", timeToLiveSeconds: 600, components: [row("1")] });
    const query = { ref: refOf(1), keys: ["orders"] };
    await load(query);
    await load(query);
    expect(service.requests).toHaveLength(1);
    harness.clock.advance(601_000);
    await load(query);
    expect(service.requests).toHaveLength(2);
    await harness.request(`/v1/context/${encodeURIComponent(query.ref)}/refresh`, { method: "POST" });
    const world = harness.lab.tenants["acme"]!.world;
    const user = world.zendesk.users.get(world.ids.zendesk.user(people()[1]!.index))!;
    const updatedAt = `${new Date(harness.clock.now()).toISOString().slice(0, 19)}Z`;
    world.change(() => world.zendesk.users.put({ ...user, name: "New Name", updated_at: updatedAt }));
    harness.clock.advance(31_000);
    await harness.request(`/v1/context/${encodeURIComponent(query.ref)}/refresh`, { method: "POST" });
    await load(query);
    expect(service.requests).toHaveLength(3);
  });

  it("are masked for a role that sees no personal data", async () => {
    answerWith({ key: "orders", components: [row("Sent to ada@acme.example")] });
    const query = { ref: refOf(2), keys: ["orders"] };
    expect(await load(query)).toMatchObject([{ components: [row("Sent to •••@acme.example")] }]);
    expect(await load(query, { role: "service" })).toMatchObject([{ components: [row("Sent to ada@acme.example")] }]);
    expect(service.requests).toHaveLength(1);
  });

  it.each<[string, unknown]>([
    ["HTML", [{ type: "html", html: "<b>bold</b>" }]],
    ["a link that runs a script", [{ type: "link", text: "Open", url: "javascript:alert(1)" }]],
    ["a link without encryption", [{ type: "link", text: "Open", url: "http://shop.example" }]],
    ["a member that is not documented", [{ ...row("1"), style: "color: red" }]],
    ["too many components", Array.from({ length: 31 }, () => ({ type: "divider" }))],
    ["a text that is too long", [{ type: "text", text: "x".repeat(501) }]],
    ["no list", "orders"],
  ])("show an error for %s, and the other card of the same answer", async (_, components) => {
    answerWith({ key: "orders", components }, { key: "invoices", components: [row("<img src=x onerror=alert(1)>")] });
    const [orders, invoices] = await load({ ref: refOf(3) });
    expect(orders).toMatchObject({ state: "error", components: [], problem: { code: "invalid_answer" } });
    expect(invoices).toMatchObject({ state: "ok", components: [row("<img src=x onerror=alert(1)>")] });
  });

  it.each<[string, () => StandInAnswer | null, string]>([
    ["answers 500", () => ({ status: 500 }), "unavailable"],
    ["refuses the signature", () => ({ status: 401 }), "misconfigured"],
    ["answers 429", () => ({ status: 429, headers: { "retry-after": "1" } }), "rate_limited"],
    ["redirects", () => ({ status: 302, headers: { location: "http://127.0.0.1:9/" } }), "unavailable"],
    ["answers no JSON", () => ({ status: 200, body: "cards" }), "unavailable"],
    ["answers another form", () => ({ status: 200, body: { items: [] } }), "unavailable"],
  ])("show an error that keeps the title while the service %s", async (_, response, code) => {
    answer = response;
    expect(await load({ ref: refOf(4), keys: ["orders"] })).toMatchObject([
      { key: "orders", title: "Orders", problem: { code } },
    ]);
    expect((await harness.context(refOf(4), { role: "agent" })).body.match.state).toBe("resolved");
  });

  it("are not asked for while the service fails, until a probe succeeds", async () => {
    answerWith({ key: "orders", components: [row("1")] });
    await load({ ref: refOf(6), keys: ["orders"] });
    service.requests.length = 0;
    answer = () => ({ status: 500 });
    for (let i = 0; i < 5; i++) await load({ ref: refOf(5), keys: ["orders"] });
    expect(service.requests).toHaveLength(3);
    answerWith({ key: "orders", components: [row("1")] });
    harness.clock.advance(61_000);
    expect(await load({ ref: refOf(5), keys: ["orders"] })).toMatchObject([{ state: "ok" }]);
  });

  it("are only those that the rights of the role name, where they name single cards", async () => {
    answerWith({ key: "invoices", components: [row("1")] });
    expect((await load({ ref: refOf(7) }, { role: "rep" })).map(({ key }) => key)).toEqual(["invoices"]);
    expect(await load({ ref: refOf(7), keys: ["orders"] }, { role: "rep" })).toEqual([]);
    expect(JSON.parse(service.requests[0]!.body)).toMatchObject({ cardKeys: ["invoices"] });
    expect(service.requests).toHaveLength(1);
  });

  it("need a customer, and a session for it", async () => {
    const ask = (body: object, headers: Record<string, string> = {}) =>
      harness.request("/v1/cards", { method: "POST", body, role: headers["authorization"] ? null : "agent", headers });
    expect((await ask({ ref: "zendesk.user:999999" })).body.code).toBe("not_found");
    expect((await ask({ ref: refOf(0), keys: ["Orders"] })).body.code).toBe("invalid_request");
    expect((await ask({ ref: refOf(0), keys: ["unknown"] })).body.items).toEqual([]);
    const session = await harness.request("/v1/sessions", { method: "POST", body: { ref: refOf(0) }, role: "agent" });
    const headers = { authorization: `Bearer ${session.body.token}` };
    answerWith({ key: "orders", components: null });
    expect((await ask({ ref: refOf(0) }, headers)).status).toBe(200);
    expect((await ask({ ref: refOf(1) }, headers)).body.code).toBe("forbidden");
  });
});
