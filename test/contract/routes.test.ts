import { createSidelightClient } from "@sidelight/client/index.ts";
import { type RouteStatus, Routes } from "@sidelight/contracts/events/route.ts";
import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";

const field = 362000000054;
const route = (id: string, to: string, action: string, mapping: string, overrides = {}) => ({
  ...{ id, on: "zendesk.ticket.created", to, do: action, with: mapping },
  ...overrides,
});

let harness: Harness;
let tickets: ReturnType<typeof openTickets>;
beforeAll(async () => {
  harness = await openHarness({
    otherTenant: true,
    configure: (config) => {
      config.tenants.acme.routing = {
        routes: [
          route("fields", "zendesk", "set-ticket-fields", `{ "ticket": ref, "fields": [{ "id": ${field}, "value": "7" }] }`),
          route("urgent", "salesforce", "create-case", '{ "subject": event.interaction.description, "fields": {} }', {
            ...{ when: 'event.interaction.priority = "urgent"', owner: "Support operations", criticality: "high" },
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
afterAll(() => harness.close());

const routes = async (query = ""): Promise<Routes> => Routes.parse((await harness.request(`/v1/config/routes${query}`)).body);
const findRoute = async (id: string): Promise<RouteStatus> => (await routes()).items.find((r) => r.id === id)!;

/** Open tickets of people who did not opt out. */
async function* openTickets() {
  for (const { id, requester_id, status } of harness.lab.tenants["acme"]!.world.zendesk.tickets.values()) {
    if (status === "closed") continue;
    const { body } = await harness.context(`zendesk.ticket:${id}`);
    if (body.sections.product?.state === "ok") yield { id, requesterId: requester_id! };
  }
}

/** Zendesk reports a ticket of the simulator as new. */
async function receiveTicket(priority: string): Promise<void> {
  const { value } = await tickets.next();
  harness.clock.advance(1_000);
  const ticket = { ...value!, updatedAt: harness.clock.now(), priority };
  expect((await sendZendesk(harness, ticketEvent("created", ticket))).status).toBe(200);
}

async function untilRoute(id: string, condition: (route: RouteStatus) => boolean): Promise<RouteStatus> {
  let status = await findRoute(id);
  await advanceUntil(harness.clock, 20, `the route ${id}`, async () => {
    status = await findRoute(id);
    return condition(status);
  });
  return status;
}

describe("GET /v1/config/routes", () => {
  it("lists enabled routes in order, for operators only", async () => {
    expect((await harness.request("/v1/config/routes", { role: "service" })).body.code).toBe("forbidden");
    const { items, sources, version } = await routes();
    expect(items.map((r) => r.id)).toEqual(["fields", "urgent", "wrong"]);
    expect(version).toMatch(/^v/);
    expect(items[1]).toEqual({
      id: "urgent",
      on: ["zendesk.ticket.created"],
      when: 'event.interaction.priority = "urgent"',
      to: { connection: "salesforce", platform: "salesforce", label: "Salesforce" },
      do: "create-case",
      purpose: "support",
      owner: "Support operations",
      criticality: "high",
      state: "ok",
      counts: { waiting: 0, blocked: 0, done: 0, dead_letter: 0, withheld: 0 },
      lastDelivered: null,
      delayMs: null,
      lastFailure: null,
    });
    expect(sources.find((s) => s.platform === "zendesk")).toEqual({ platform: "zendesk", label: "Zendesk", events: 0 });
    expect((await harness.request("/v1/config/routes", { tenant: "globex" })).body.items).toEqual([]);
  });

  it("counts received events and deliveries, with their delay", async () => {
    const { sources } = await routes();
    const eventsBefore = sources.find((s) => s.platform === "zendesk")!.events;
    await receiveTicket("LOW");
    const { counts, lastDelivered, delayMs, state } = await untilRoute("fields", (r) => r.counts.done === 1);
    expect([state, counts.waiting]).toEqual(["ok", 0]);
    expect(delayMs).toEqual({ p50: lastDelivered!.ms, p95: lastDelivered!.ms });
    expect((await routes()).sources.find((s) => s.platform === "zendesk")!.events).toBeGreaterThan(eventsBefore);
  });

  it("shows the last dead letter with its cause, and the delivery to retry", async () => {
    const { lastFailure, counts } = await untilRoute("wrong", (r) => r.state === "failing");
    expect(counts.dead_letter).toBe(1);
    expect(lastFailure).toMatchObject({ cause: "misconfigured", nextAttemptAt: null });
    expect(lastFailure!.message).toContain("The mapping does not fit the action track");
    const retry = async (body: object) => (await harness.request("/v1/deliveries/retry", { method: "POST", body })).body;
    expect(await retry({ type: "wrong", preview: true })).toMatchObject({
      retried: 0,
      preview: { count: 1, groups: [{ target: "mixpanel", route: "wrong", cause: "misconfigured", count: 1 }] },
    });
    expect((await retry({ cause: "unavailable", preview: true })).preview).toEqual({ count: 0, atOnce: 1_000, groups: [] });
    expect((await harness.request("/v1/deliveries?cause=misconfigured")).body.items).toHaveLength(1);
    expect((await harness.request("/v1/deliveries?cause=unavailable")).body.items).toEqual([]);
    // The preview changed nothing.
    expect((await findRoute("wrong")).counts).toMatchObject({ waiting: 0, dead_letter: 1 });
    const retryResponse = await harness.request(`/v1/deliveries/${lastFailure!.deliveryId}/retry`, { method: "POST" });
    expect(retryResponse.status).toBe(200);
    await untilRoute("wrong", (r) => r.lastFailure?.deliveryId === lastFailure!.deliveryId && r.counts.waiting === 0);
  });

  it("is failing while a platform is down, and ok after the delivery succeeded", async () => {
    harness.lab.faults.add({ platform: "salesforce", kind: "error", status: 503, rate: 1, seed: 3 });
    await receiveTicket("URGENT");
    const failing = await untilRoute("urgent", (r) => r.state === "failing");
    expect(failing.counts).toMatchObject({ waiting: 1, done: 0, dead_letter: 0 });
    expect(failing.lastFailure).toMatchObject({ cause: "unavailable", at: null });
    expect(Date.parse(failing.lastFailure!.nextAttemptAt!)).toBeGreaterThan(harness.clock.now());
    // Other routes do not wait for it.
    await untilRoute("fields", (r) => r.counts.done === 2);

    harness.lab.faults.clear();
    const recoveredRoute = await untilRoute("urgent", (r) => r.state === "ok");
    expect(recoveredRoute.counts).toMatchObject({ waiting: 0, done: 1 });
    expect(recoveredRoute.lastFailure).toBeNull();
    expect(recoveredRoute.lastDelivered!.ms).toBeGreaterThan(1_000);
  });

  it("is a method of the typed client", async () => {
    const client = createSidelightClient({
      baseUrl: "http://api.example",
      apiKey: harness.keys["acme"]!.admin,
      fetch: async (url, init) => await harness.app.request(String(url), init),
    });
    expect((await client.getRoutes()).items.map((r) => r.counts.done)).toEqual([2, 1, 0]);
    expect((await client.getDeliveries({ cause: "misconfigured" })).items).toHaveLength(1);
    expect((await client.retryDeliveries({ type: "wrong", preview: true })).preview?.count).toBe(1);
    const retries = await client.getAudit({ type: "deliveries.retry" });
    const [{ actor }] = retries.items as [(typeof retries.items)[number]];
    expect((await client.getAudit({ type: "deliveries.retry", actor: actor.keyId })).items).toEqual(retries.items);
    expect((await client.getAudit({ actor: "another" })).items).toEqual([]);
    expect((await harness.request("/v1/config/routes?hours=0")).body.code).toBe("invalid_request");
  });

  it("counts only the requested hours, but keeps the last delivery", async () => {
    const { lastDelivered } = await findRoute("fields");
    harness.clock.advance(2 * 3_600_000);
    const lastHour = await routes("?hours=1");
    expect(lastHour.items.map((r) => r.counts.done)).toEqual([0, 0, 0]);
    expect(lastHour.items[0]!.lastDelivered).toEqual(lastDelivered);
    expect((await routes("?hours=3")).items.map((r) => r.counts.done)).toEqual([2, 1, 0]);
  });
});
