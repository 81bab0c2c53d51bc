import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Replay, ReplayPreview } from "@sidelight/contracts/events/replay.ts";
import { advanceBy, advanceUntil } from "@sidelight/test-support/advance.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { type ConfigTree, type Harness, openHarness } from "../harness/harness.ts";
import { healthField } from "../harness/ticketRoutes.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";
import { effectsOf } from "../lab/control/effects.ts";
import type { TenantWorld } from "../lab/world/tenant.ts";

const mapping = (world: TenantWorld, value: number): string =>
  `{ "ticket": ref, "fields": [{ "id": ${healthField(world).id}, "value": ${value} }] }`;

/** Tickets that exist at the platform. */
let tickets: { id: number; requester_id: number; status: string }[];
let harness: Harness;
let since: string;
beforeAll(async () => {
  let route: object;
  harness = await openHarness({
    async prepare(lab) {
      const conditions = { on: "zendesk.ticket.created", when: "event.interaction.priority = 'urgent'" };
      const action = { to: "zendesk", do: "set-ticket-fields", with: mapping(lab.tenants["acme"]!.world, 10) };
      route = { id: "score", ...conditions, ...action };
    },
    configure: (config) => {
      config.tenants.acme.routing = { routes: [route] };
    },
  });
  const allTickets = [...world().zendesk.tickets.values()] as unknown as (typeof tickets)[number][];
  tickets = allTickets.filter(({ status }) => status !== "closed").slice(0, 3);
  since = new Date(harness.clock.now()).toISOString();
  await create(0, "URGENT");
  await create(1, "NORMAL");
  await create(2, "NORMAL");
  await advanceUntil(harness.clock, 20, "the delivery", async () => (await deliveries()).some(({ state }) => state === "done"));
});
afterAll(() => harness.close());

const world = (): TenantWorld => harness.lab.tenants["acme"]!.world;
const create = async (index: number, priority: string): Promise<void> => {
  const { id, requester_id: requesterId } = tickets[index]!;
  await sendZendesk(
    harness,
    ticketEvent("created", { id, requesterId, updatedAt: harness.clock.now(), priority, subject: "Hello" }),
  );
};
const deliveries = async () =>
  (await harness.request("/v1/deliveries?limit=100")).body.items as { state: string; route: string }[];
const post = (body: object) => harness.request("/v1/events/replay", { method: "POST", body });
const preview = async (body: object = {}): Promise<ReplayPreview> =>
  (await post({ to: "zendesk", since, preview: true, ...body })).body;
const start = async (body: object = {}): Promise<Replay> => {
  // Two replays of one millisecond have no order.
  harness.clock.advance(1);
  const { status, body: replay } = await post({ to: "zendesk", since, ...body });
  expect(status).toBe(202);
  return replay;
};
const newest = async (): Promise<Replay> => (await harness.request("/v1/events/replays?limit=1")).body.items[0];
const untilEnded = (): Promise<void> =>
  advanceUntil(harness.clock, 100, "the end of the replay", async () => (await newest()).state !== "running");
/** Writes to tickets that arrived at the platform. */
function writes(): number {
  const { ticket: writtenTickets = [] } = effectsOf({ acme: world() }, "zendesk") as Record<string, { writes: number }[]>;
  return writtenTickets.reduce((sum, ticket) => sum + ticket.writes, 0);
}

async function configure(change: (route: ConfigTree) => void): Promise<void> {
  const file = join(harness.directory, "sidelight.yaml");
  const config = parse(await readFile(file, "utf8"));
  change(config.tenants.acme.routing.routes[0]);
  await writeFile(file, stringify(config));
  await harness.runtime.reload();
}

describe("a replay of past events", () => {
  it("leaves out what was delivered before, and says so in the preview", async () => {
    expect(await preview()).toMatchObject({
      events: 3,
      deliveries: 0,
      skipped: { duplicate: 1, condition_false: 2 },
      routes: [],
      isComplete: true,
    });
  });

  it("previews without sending, and then sends what a changed route takes now, once", async () => {
    await configure((route) => {
      route.when = undefined;
    });
    const [sentBefore, listedBefore] = [writes(), (await deliveries()).length];
    expect(await preview()).toMatchObject({
      events: 3,
      deliveries: 2,
      repeated: 0,
      skipped: { duplicate: 1 },
      routes: [{ route: "score", action: "set-ticket-fields", deliveries: 2, repeated: 0 }],
      minutes: 1,
    });
    await advanceBy(harness.clock, 100, 3_000);
    expect([writes(), (await deliveries()).length]).toEqual([sentBefore, listedBefore]);

    await start();
    await untilEnded();
    expect(await newest()).toMatchObject({ state: "done", progress: 1, counts: { deliveries: 2, skipped: { duplicate: 1 } } });
    await advanceUntil(harness.clock, 50, "the writes", () => writes() === sentBefore + 2);

    await start();
    await untilEnded();
    expect(await newest()).toMatchObject({ counts: { deliveries: 0, skipped: { duplicate: 3 } } });
    expect(writes()).toBe(sentBefore + 2);
  });

  it("sends ended deliveries again under their former ids when asked", async () => {
    const ids = async () =>
      ((await harness.request("/v1/deliveries?limit=100")).body.items as { id: string }[]).map(({ id }) => id);
    const [sentBefore, idsBefore] = [writes(), await ids()];
    await configure((route) => {
      route.with = mapping(world(), 20);
    });
    expect(await preview({ again: true })).toMatchObject({ deliveries: 3, repeated: 3 });
    await start({ again: true });
    await untilEnded();
    await advanceUntil(harness.clock, 50, "the writes", () => writes() === sentBefore + 3);
    expect((await ids()).toSorted()).toEqual(idsBefore.toSorted());
  });

  it("creates no more than perMinute, survives a restart, and stops on request", async () => {
    const sentBefore = writes();
    const { id } = await start({ again: true, perMinute: 1 });
    await advanceUntil(harness.clock, 50, "the first write", () => writes() === sentBefore + 1);
    await advanceBy(harness.clock, 1_000, 30_000);
    expect(writes()).toBe(sentBefore + 1);
    await harness.restart();
    await advanceUntil(harness.clock, 100, "the second write", () => writes() === sentBefore + 2);
    const stoppedReplay = await harness.request(`/v1/events/replays/${id}/stop`, { method: "POST" });
    expect(stoppedReplay.body).toMatchObject({ id, state: "stopped", counts: { deliveries: 2 } });
    await advanceBy(harness.clock, 1_000, 120_000);
    expect(writes()).toBe(sentBefore + 2);
    const audit = (await harness.request("/v1/audit?limit=20")).body.items as { verb: string }[];
    expect(audit.map(({ verb }) => verb)).toEqual(expect.arrayContaining(["replays.start", "replays.stop"]));
  });

  it("leaves out an event when a newer one wrote to its record", async () => {
    await configure((route) => {
      route.on = ["zendesk.ticket.created", "zendesk.ticket.priority_changed"];
    });
    const sentBefore = writes();
    const { id, requester_id: requesterId } = tickets[0]!;
    const ticket = { id, requesterId, updatedAt: harness.clock.now(), priority: "HIGH", subject: "Hello" };
    await sendZendesk(harness, ticketEvent("priority_changed", ticket, { current: "HIGH", previous: "URGENT" }));
    await advanceUntil(harness.clock, 20, "the write of the newer event", () => writes() === sentBefore + 1);
    expect(await preview({ again: true, type: "zendesk.ticket.created" })).toMatchObject({
      deliveries: 2,
      skipped: { superseded: 1 },
    });
  });

  it("takes imported history only when asked, each object as if it was just created", async () => {
    const importedScope = { since: "2020-01-01T00:00:00Z", type: "zendesk.ticket.created" };
    expect(await preview(importedScope)).toMatchObject({ events: 3, deliveries: 0 });
    const allTickets = await preview({ ...importedScope, history: true });
    expect(allTickets.deliveries).toBeGreaterThan(20);
    expect(allTickets.examples).toHaveLength(5);
    expect(allTickets.minutes).toBe(Math.ceil(allTickets.deliveries / 60));
  });

  it("refuses a second replay to the same target while one runs", async () => {
    const { id } = await start({ again: true, perMinute: 1 });
    const refusal = await post({ to: "zendesk", since });
    expect(refusal).toMatchObject({ status: 409, body: { code: "conflict" } });
    expect(refusal.body.detail).toContain(id);
    await harness.request(`/v1/events/replays/${id}/stop`, { method: "POST" });
  });

  it.each([
    ["an unknown target", { to: "zendsk" }, "/to", "There is no active route to zendsk."],
    ["an unknown route", { route: "scores" }, "/route", "There is no active route scores to zendesk."],
    ["an empty range", { until: "2026-01-01T00:00:00Z" }, "/until", "must be later than since"],
    ["an unknown member", { too: 1 }, "", "too"],
    ["a rate of zero", { perMinute: 0 }, "/perMinute", ""],
  ])("refuses %s and says what is wrong", async (_, body, pointer, detail) => {
    const { status, body: problem } = await post({ to: "zendesk", since, ...body });
    expect(status).toBe(400);
    expect(JSON.stringify(problem)).toContain(pointer);
    expect(JSON.stringify(problem)).toContain(detail);
  });

  it("answers not_found for a replay that does not exist", async () => {
    expect(await harness.request("/v1/events/replays/rpl_none/stop", { method: "POST" })).toMatchObject({ status: 404 });
  });

  it("fails with a reason when its route is removed", async () => {
    const { id } = await start({ again: true, perMinute: 1, route: "score" });
    await configure((route) => {
      route.id = "points";
    });
    await untilEnded();
    expect(await newest()).toMatchObject({ id, state: "failed" });
    expect((await newest()).message).toContain("no route score to zendesk");
  });
});
