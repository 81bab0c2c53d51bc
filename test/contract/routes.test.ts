import { createSidelightClient } from "@sidelight/client/index.ts";
import { type RouteStatus, Routes } from "@sidelight/contracts/events/route.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type House, openHouse } from "../support/house.ts";
import { until } from "../support/until.ts";
import { sendZendesk, ticketEvent } from "../support/zendeskHook.ts";

const field = 362000000054;
const route = (id: string, to: string, action: string, mapping: string, more = {}) => ({
  ...{ id, on: "zendesk.ticket.created", to, do: action, with: mapping },
  ...more,
});

let house: House;
let tickets: ReturnType<typeof openTickets>;
beforeAll(async () => {
  house = await openHouse({
    configure: (config) => {
      config.tenants.acme.routing = {
        routes: [
          route("fields", "zendesk", "set-ticket-fields", `{ "ticket": ref, "fields": [{ "id": ${field}, "value": "7" }] }`),
          route("urgent", "salesforce", "create-case", '{ "subject": event.interaction.description, "fields": {} }', {
            when: 'event.interaction.priority = "urgent"',
          }),
          route(
            "wrong",
            "mixpanel",
            "track",
            '{ "distinctId": ref, "event": $number(event.source.objectId), "properties": {} }',
            { when: 'event.interaction.priority = "low"' },
          ),
          route("off", "mixpanel", "track", "{}", { enabled: false }),
        ],
      };
    },
  });
  tickets = openTickets();
});
afterAll(() => house.close());

const routes = async (query = ""): Promise<Routes> => Routes.parse((await house.ask(`/v1/config/routes${query}`)).body);
const one = async (id: string): Promise<RouteStatus> => (await routes()).items.find((r) => r.id === id)!;

/** Open tickets of people who declined nothing. */
async function* openTickets() {
  for (const { id, requester_id, status } of house.lab.tenants["acme"]!.world.zendesk.tickets.values()) {
    if (status === "closed") continue;
    const { body } = await house.context(`zendesk.ticket:${id}`);
    if (body.sections.product?.state === "ok") yield { id, requesterId: requester_id! };
  }
}

/** A ticket of the simulator's comes in, as when somebody wrote. */
async function ticketComesIn(priority: string): Promise<void> {
  const { value } = await tickets.next();
  house.clock.advance(1_000);
  const ticket = { ...value!, updatedAt: house.clock.now(), priority };
  expect((await sendZendesk(house, ticketEvent("created", ticket))).status).toBe(200);
}

async function untilRoute(id: string, isSo: (route: RouteStatus) => boolean): Promise<RouteStatus> {
  let seen = await one(id);
  await until(`the route ${id}`, async () => {
    house.clock.advance(20);
    seen = await one(id);
    return isSo(seen);
  });
  return seen;
}

describe("GET /v1/config/routes", () => {
  it("is an operator's, and lists what is followed in order, those that are off left out", async () => {
    expect((await house.ask("/v1/config/routes", { role: "service" })).body.code).toBe("forbidden");
    const { items, sources, version } = await routes();
    expect(items.map((r) => r.id)).toEqual(["fields", "urgent", "wrong"]);
    expect(version).toMatch(/^v/);
    expect(items[1]).toEqual({
      id: "urgent",
      on: ["zendesk.ticket.created"],
      when: 'event.interaction.priority = "urgent"',
      to: { connection: "salesforce", platform: "salesforce", label: "Salesforce" },
      do: "create-case",
      state: "ok",
      counts: { waiting: 0, held: 0, done: 0, dead: 0, withheld: 0 },
      lastDelivered: null,
      delayMs: null,
      lastFailure: null,
    });
    expect(sources.find((s) => s.platform === "zendesk")).toEqual({ platform: "zendesk", label: "Zendesk", events: 0 });
    expect((await house.ask("/v1/config/routes", { tenant: "globex" })).body.items).toEqual([]);
  });

  it("counts what came in and what was carried, with the time it took", async () => {
    const { sources } = await routes();
    const before = sources.find((s) => s.platform === "zendesk")!.events;
    await ticketComesIn("LOW");
    const { counts, lastDelivered, delayMs, state } = await untilRoute("fields", (r) => r.counts.done === 1);
    expect([state, counts.waiting]).toEqual(["ok", 0]);
    expect(delayMs).toEqual({ p50: lastDelivered!.ms, p95: lastDelivered!.ms });
    expect((await routes()).sources.find((s) => s.platform === "zendesk")!.events).toBeGreaterThan(before);
  });

  it("says what was given up, why, and by which delivery it is retried", async () => {
    const { lastFailure, counts } = await untilRoute("wrong", (r) => r.state === "failing");
    expect(counts.dead).toBe(1);
    expect(lastFailure).toMatchObject({ cause: "misconfigured", nextAttemptAt: null });
    expect(lastFailure!.message).toContain("The mapping gives what track doesn't take");
    const retried = await house.ask(`/v1/deliveries/${lastFailure!.deliveryId}/retry`, { method: "POST" });
    expect(retried.status).toBe(200);
    await untilRoute("wrong", (r) => r.lastFailure?.deliveryId === lastFailure!.deliveryId && r.counts.waiting === 0);
  });

  it("is failing while a platform is down, and well again once it was taken", async () => {
    house.lab.faults.add({ platform: "salesforce", kind: "error", status: 503, rate: 1, seed: 3 });
    await ticketComesIn("URGENT");
    const failing = await untilRoute("urgent", (r) => r.state === "failing");
    expect(failing.counts).toMatchObject({ waiting: 1, done: 0, dead: 0 });
    expect(failing.lastFailure).toMatchObject({ cause: "unavailable", at: null });
    expect(Date.parse(failing.lastFailure!.nextAttemptAt!)).toBeGreaterThan(house.clock.now());
    // The others don't wait for it.
    await untilRoute("fields", (r) => r.counts.done === 2);

    house.lab.faults.clear();
    const well = await untilRoute("urgent", (r) => r.state === "ok");
    expect(well.counts).toMatchObject({ waiting: 0, done: 1 });
    expect(well.lastFailure).toBeNull();
    expect(well.lastDelivered!.ms).toBeGreaterThan(1_000);
  });

  it("is a method of the typed client", async () => {
    const client = createSidelightClient({
      baseUrl: "http://api.example",
      apiKey: house.keys["acme"]!.admin,
      fetch: async (url, init) => await house.app.request(String(url), init),
    });
    expect((await client.getRoutes()).items.map((r) => r.counts.done)).toEqual([2, 1, 0]);
    expect((await house.ask("/v1/config/routes?hours=0")).body.code).toBe("invalid_request");
  });

  it("counts what is no older than it was asked for, and knows the last for longer", async () => {
    const { lastDelivered } = await one("fields");
    house.clock.advance(2 * 3_600_000);
    const lastHour = await routes("?hours=1");
    expect(lastHour.items.map((r) => r.counts.done)).toEqual([0, 0, 0]);
    expect(lastHour.items[0]!.lastDelivered).toEqual(lastDelivered);
    expect((await routes("?hours=3")).items.map((r) => r.counts.done)).toEqual([2, 1, 0]);
  });
});
