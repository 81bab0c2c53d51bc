import type { Canary } from "@sidelight/contracts/config/canary.ts";
import { advanceBy, advanceUntil } from "@sidelight/test-support/advance.ts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";

const mapping = (name: string): string => `{ "distinctId": "t-" & event.source.objectId, "event": ${name} }`;
/** Fails for real events: the check of the configuration would find a mapping that always fails. */
const wrong = mapping('event.interaction.priority = "low" ? $number("7") : "Ticket Created"');
let harness: Harness;
let base: string;
let requesters: number[];
beforeAll(async () => {
  harness = await openHarness({
    configure: (config) => {
      config.tenants.acme.routing = {
        transforms: { toEvent: mapping('"Ticket Created"') },
        routes: [{ id: "tracked", on: "zendesk.ticket.created", to: "mixpanel", do: "track", with: "toEvent" }],
      };
    },
  });
  base = (await harness.request("/v1/config")).body.version;
  const tickets = [...harness.lab.tenants["acme"]!.world.zendesk.tickets.values()] as unknown as { requester_id: number }[];
  requesters = [...new Set(tickets.map(({ requester_id }) => requester_id))];
});
afterAll(() => harness.close());
afterEach(async () => {
  const [canary] = await canaries();
  if (canary?.state === "running") await end(canary.id, "stop");
  await harness.request("/v1/config/rollback", { method: "POST", body: { version: base } });
});

const setTransform = (value: string) => [{ path: ["routing", "transforms", "toEvent"], value }];
const post = (body: object) =>
  harness.request("/v1/config/canaries", { method: "POST", body: { base, reason: "A try", share: 0.5, ...body } });
async function start(body: object): Promise<Canary> {
  // Two canaries of one millisecond have no order.
  harness.clock.advance(1);
  const answer = await post(body);
  expect([answer.status, answer.body.detail]).toEqual([201, undefined]);
  return answer.body;
}
const canaries = async (): Promise<Canary[]> => (await harness.request("/v1/config/canaries")).body.items;
const end = (id: string, way: "stop" | "promote") => harness.request(`/v1/config/canaries/${id}/${way}`, { method: "POST" });
const untilState = (state: Canary["state"]): Promise<void> =>
  advanceUntil(harness.clock, 100, `a canary that is ${state}`, async () => (await canaries())[0]?.state === state);

interface Delivery {
  eventId: string;
  state: string;
  config: string;
}
const deliveries = async (): Promise<Delivery[]> => (await harness.request("/v1/deliveries?limit=200")).body.items;
let tickets = 960_000;
/** @returns the deliveries of new tickets of many people, once each has an outcome */
async function createTickets(count: number): Promise<Delivery[]> {
  const ids = new Set<string>();
  for (let i = 0; i < count; i++) {
    const requesterId = requesters[i % requesters.length]!;
    const ticket = { id: ++tickets, requesterId, updatedAt: harness.clock.now(), priority: "LOW", subject: "Hello" };
    ids.add((await sendZendesk(harness, ticketEvent("created", ticket))).body.eventIds[0]!);
  }
  const created = async (): Promise<Delivery[]> => (await deliveries()).filter(({ eventId }) => ids.has(eventId));
  await advanceUntil(harness.clock, 50, "the deliveries", async () => {
    const allDeliveries = await created();
    return allDeliveries.length === count && allDeliveries.every(({ state }) => state !== "waiting");
  });
  return await created();
}

describe("a canary", () => {
  it("takes a part of the events, and the active version the others", async () => {
    const { version } = await start({ set: setTransform(mapping('"Ticket Opened"')) });
    await untilState("running");
    await advanceBy(harness.clock, 100, 6_000);
    const versions = (await createTickets(30)).map(({ config }) => config);
    expect(new Set(versions)).toEqual(new Set([base, version]));
    await advanceBy(harness.clock, 100, 6_000);
    const [{ outcome }] = (await canaries()) as [Canary];
    expect(outcome.canary.done + outcome.active.done).toBe(30);
    expect(outcome.canary.done).toBeGreaterThan(5);
  });

  it("rolls itself back when it fails more often, and its dead letters are delivered by the active version", async () => {
    const { id } = await start({ set: setTransform(wrong) });
    await advanceBy(harness.clock, 100, 6_000);
    const eventIds = new Set((await createTickets(30)).map(({ eventId }) => eventId));
    await untilState("rolled_back");
    await advanceUntil(harness.clock, 100, "the deliveries of the active version", async () => {
      const allDeliveries = (await deliveries()).filter(({ eventId }) => eventIds.has(eventId));
      return allDeliveries.every(({ state, config }) => state === "done" && config === base);
    });
    const [canary] = await canaries();
    expect(canary).toMatchObject({ id, message: expect.stringMatching(/^100 % of its \d+ deliveries failed/) });
    const { items: alerts } = (await harness.request("/v1/alerts?state=open")).body;
    expect(alerts).toContainEqual(expect.objectContaining({ kind: "canary_rolled_back", severity: "warning" }));
    // All events go to the active version again.
    expect((await createTickets(10)).every(({ config, state }) => config === base && state === "done")).toBe(true);
    expect((await end(id, "promote")).status).toBe(409);

    await start({ set: setTransform(mapping('"Ticket Opened"')) });
    const { items: open } = (await harness.request("/v1/alerts?state=open")).body;
    expect(open.map(({ kind }: { kind: string }) => kind)).not.toContain("canary_rolled_back");
  });

  it("goes on after a restart of the process", async () => {
    const { id, version } = await start({ set: setTransform(mapping('"Ticket Opened"')) });
    await harness.restart();
    await advanceBy(harness.clock, 100, 6_000);
    expect((await canaries())[0]).toMatchObject({ id, state: "running" });
    expect((await createTickets(20)).some(({ config }) => config === version)).toBe(true);
  });

  it("takes the events of a team only", async () => {
    const { version } = await start({
      set: setTransform(mapping('"Ticket Opened"')),
      share: undefined,
      team: 'event.source.objectId in ["960999"]',
    });
    await advanceBy(harness.clock, 100, 6_000);
    tickets = 960_998;
    const versions = (await createTickets(2)).map(({ config }) => config).toSorted();
    expect(versions).toEqual([base, version].toSorted());
    tickets = 961_100;
  });

  it("has passed after its time, and can be promoted then", async () => {
    const { id, version } = await start({ set: setTransform(mapping('"Ticket Opened"')), minutes: 1 });
    await untilState("passed");
    expect((await harness.request("/v1/config")).body.version).toBe(base);
    expect((await end(id, "promote")).body).toMatchObject({ id, state: "promoted" });
    expect((await harness.request("/v1/config")).body).toMatchObject({ version, origin: "change" });
    expect((await createTickets(5)).every(({ config }) => config === version)).toBe(true);
  });

  it("is promoted by itself when that was asked for", async () => {
    const { version } = await start({ set: setTransform(mapping('"Ticket Seen"')), minutes: 1, promote: true });
    await untilState("promoted");
    expect((await harness.request("/v1/config")).body.version).toBe(version);
  });

  it("is stopped when another version becomes active", async () => {
    await start({ set: setTransform(mapping('"Ticket Opened"')) });
    await advanceBy(harness.clock, 100, 6_000);
    const change = {
      base,
      set: [{ path: ["routing", "settings", "risk", "repeatDays"], value: 9 }],
      mode: "apply",
      reason: "A try",
    };
    expect((await harness.request("/v1/config", { method: "POST", body: change })).status).toBe(200);
    await untilState("stopped");
    expect((await canaries())[0]!.message).toContain("is active by now");
  });

  it.each([
    ["a change beyond routing", { set: [{ path: ["csatDays"], value: 45 }] }, 400, "changes csatDays"],
    ["no change", { set: setTransform(mapping('"Ticket Created"')) }, 400, "changes nothing"],
    ["a faulty change", { set: setTransform("{ (") }, 400, "routing.transforms.toEvent"],
    [
      "a condition with a fault",
      { set: setTransform(wrong), share: undefined, team: "a (" },
      400,
      "The condition cannot be used",
    ],
    ["share and team", { set: setTransform(wrong), team: "true" }, 400, "Set either share or team."],
    ["another base", { base: "v00000000", set: setTransform(wrong) }, 409, "is active by now"],
  ])("refuses %s", async (_, body, status, detail) => {
    const refusal = await post(body);
    expect([refusal.status, refusal.text]).toEqual([status, expect.stringContaining(detail)]);
  });

  it("is one at a time", async () => {
    const { id } = await start({ set: setTransform(mapping('"Ticket Opened"')) });
    const refusal = await post({ set: setTransform(wrong) });
    expect([refusal.status, refusal.body.detail]).toEqual([409, expect.stringContaining(id)]);
  });
});
