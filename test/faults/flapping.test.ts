import type { Alert } from "@sidelight/contracts/connections/alert.ts";
import { advanceBy, advanceUntil, advanceUntilSettled } from "@sidelight/test-support/advance.ts";
import { afterEach, describe, expect, it } from "vitest";
import { type ConfigTree, type Harness, openHarness } from "../harness/harness.ts";

const minuteMs = 60_000;
let harness: Harness;
afterEach(() => harness.close());

const pulledEvery = (seconds: number) => (config: ConfigTree) => {
  for (const { settings, platform } of config.tenants.acme.connections)
    if (platform !== "generic") settings.pullEverySeconds = seconds;
};
const alerts = async (): Promise<Alert[]> => (await harness.request("/v1/alerts?limit=100")).body.items;
// Pulls as frequent as here use up the quota of Mixpanel. That forecast is no outage. What an outage used of a freshness budget is used
// when it has ended, too.
const isOther = (kind: string): boolean => kind === "quota_runs_out" || kind.startsWith("freshness_burning");
const openAlerts = async (): Promise<Alert[]> =>
  (await alerts()).filter(({ closedAt, kind }) => closedAt === null && !isOther(kind));
const alertLines = (): string[] =>
  harness.logged
    .filter((line) => line.includes('"msg":"alert: ') && line.includes('"tenant":"acme"'))
    .filter((line) => !/quota_runs_out|freshness_burning/.test(line));
const advance = (ms: number, stepMs = 15_000): Promise<void> => advanceBy(harness.clock, stepMs, ms);
const lookUp = async (ref: string) =>
  (await advanceUntilSettled(harness.clock, harness.context(ref, { role: "agent" }), 20)).value;

describe("a platform that comes and goes", () => {
  it("is one alert and one line in the log, until it has worked for a quarter of an hour", async () => {
    harness = await openHarness({ configure: pulledEvery(30) });
    const openings = new Set<string>();
    const openAfterReturn: boolean[] = [];
    for (let cycle = 0; cycle < 4; cycle++) {
      harness.lab.faults.add({ platform: "zendesk", kind: "error", status: 502, rate: 1, seed: 1 });
      await advance(6 * minuteMs);
      for (const { openedAt } of await openAlerts()) openings.add(openedAt);
      harness.lab.faults.clear();
      await advance(3 * minuteMs);
      openAfterReturn.push((await openAlerts()).length > 0);
    }
    expect(openings.size).toBe(1);
    expect(alertLines()).toHaveLength(1);
    // The first return may be the end. After the second failure it is not believed so soon.
    expect(openAfterReturn).toEqual([false, true, true, true]);
    expect(await openAlerts()).toMatchObject([{ kind: "circuit_open", subject: "pull", reopenings: 1 }]);
    await advance(10 * minuteMs);
    expect(await openAlerts()).toHaveLength(1);
    await advance(6 * minuteMs);
    expect(await openAlerts()).toEqual([]);
    // A failure on another day is another alert.
    await advance(40 * minuteMs, 30_000);
    harness.lab.faults.add({ platform: "zendesk", kind: "error", status: 502, rate: 1, seed: 1 });
    await advance(10 * minuteMs);
    const [next] = await openAlerts();
    expect(next).toMatchObject({ kind: "circuit_open", reopenings: 0 });
    expect(openings.has(next!.openedAt)).toBe(false);
  });

  it("with one operation only: the probe works, the searches fail, and it is one alert", async () => {
    harness = await openHarness({ configure: pulledEvery(300) });
    harness.lab.faults.add({ platform: "zendesk", kind: "error", status: 500, path: "/api/v2/users/search", rate: 1, seed: 1 });
    harness.lab.faults.add({ platform: "zendesk", kind: "error", status: 500, path: "/api/v2/search", rate: 1, seed: 1 });
    const openings = new Set<string>();
    for (let i = 0; i < 120; i++) {
      await lookUp(`email:stranger-${i}@nowhere.example`);
      await advance(10_000);
      for (const { openedAt, kind } of await openAlerts()) openings.add(`${kind} ${openedAt}`);
    }
    expect(openings.size).toBe(1);
    expect(alertLines()).toHaveLength(1);
  });
});

describe("a long outage", () => {
  it("costs few calls, and the pulls catch up within the limits of the platform", async () => {
    harness = await openHarness({ configure: pulledEvery(120) });
    harness.lab.faults.add({ platform: "mixpanel", kind: "error", status: 503, rate: 1, seed: 1 });
    harness.lab.faults.add({ platform: "zendesk", kind: "error", status: 503, rate: 1, seed: 1 });
    const { refs } = harness.lab.runScenario({ kind: "ticket_created", tenant: "acme", seed: 3 });
    const ticket = refs.find((ref) => ref.startsWith("zendesk.ticket:"))!;
    await advance(20 * minuteMs);
    const since = { mixpanel: harness.requests("mixpanel").length, zendesk: harness.requests("zendesk").length };
    await advance(120 * minuteMs, 15_000);
    const ownRequests = (platform: "mixpanel" | "zendesk") =>
      harness.requests(platform, since[platform]).filter(({ tenant }) => tenant === "acme");
    // Two streams, and the probe of reads.
    expect(ownRequests("mixpanel").length).toBeLessThanOrEqual(2 * 3 * 15);
    harness.lab.faults.clear();
    const endedAt = harness.clock.now();
    await advanceUntil(harness.clock, 1_000, "the recovery", async () => (await openAlerts()).length === 0);
    expect(harness.clock.now() - endedAt).toBeLessThanOrEqual(6 * minuteMs);
    await advance(10 * minuteMs);
    expect(await lookUp(ticket)).toMatchObject({ tier: "store", body: { match: { state: "resolved", partial: false } } });
    for (const [platform, limit, windowMs] of [
      ["zendesk", 700, minuteMs],
      ["mixpanel", 60, 60 * minuteMs],
    ] as const) {
      const times = ownRequests(platform).map((r) => Date.parse(r.at));
      for (const first of times)
        expect(times.filter((t) => t >= first && t < first + windowMs).length, platform).toBeLessThanOrEqual(limit);
    }
  });
});

describe("two connections of one platform", () => {
  it("fail alone: the customers of the other are neither stale nor have a problem", async () => {
    harness = await openHarness({
      otherTenant: true,
      configure(config) {
        pulledEvery(60)(config);
        const { acme, globex } = config.tenants;
        const { settings } = globex.connections.find((c: { id: string }) => c.id === "salesforce");
        acme.connections.push({
          id: "salesforce-acquired",
          platform: "salesforce",
          settings: { ...settings, pullEverySeconds: 60 },
        });
      },
    });
    const { acme, globex } = harness.lab.tenants;
    const [own, acquired] = [acme, globex].map((tenant) => `salesforce.account:${tenant!.world.ids.salesforce.account(1)}`);
    harness.lab.faults.add({ platform: "salesforce", tenant: "globex", kind: "error", status: 503, rate: 1, seed: 1 });
    await advanceUntil(harness.clock, 1_000, "the alert", async () => (await openAlerts()).length > 0);
    expect((await openAlerts()).map(({ kind, connection }) => [kind, connection])).toEqual([
      ["circuit_open", "salesforce-acquired"],
    ]);
    const states = Object.fromEntries(
      (await harness.request("/v1/connections")).body.items.map(({ id, state }: { id: string; state: string }) => [id, state]),
    );
    expect(states).toMatchObject({ salesforce: "ok", "salesforce-acquired": "failing" });
    const section = async (ref: string) =>
      (await advanceUntilSettled(harness.clock, harness.context(ref))).value.body.sections.account!;
    // Its streams fail one after the other, each after five failures.
    await advance(8 * minuteMs);
    expect(await section(own!)).toMatchObject({ state: "ok", problem: null });
    expect(await section(acquired!)).toMatchObject({ state: "ok", problem: { code: "unavailable" } });
    await advance(130 * minuteMs, 30_000);
    expect(await section(own!)).toMatchObject({ state: "ok", problem: null });
    expect(await section(acquired!)).toMatchObject({ state: "stale", problem: { code: "unavailable" } });
  });
});
