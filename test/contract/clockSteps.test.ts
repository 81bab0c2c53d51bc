import { queriesOf } from "@sidelight/context-api/store/queries.ts";
import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";

const dayMs = 86_400_000;
let harness: Harness;
beforeEach(async () => {
  harness = await openHarness({
    configure(config) {
      config.http.requestsPerMinute = 5;
      config.tenants.acme.retention = { historyDays: 30 };
    },
  });
});
afterEach(() => harness.close());

const statusOf = async () => (await harness.request("/v1/config")).status;
const pruning = () =>
  harness.logged
    .map((line) => JSON.parse(line))
    .filter((line) => line.tenant === "acme" && /^history (pruned|is not pruned)/.test(line.msg));
const payloads = async (): Promise<number> => {
  const { store } = harness.runtime.tenants.get("acme")!.tenant.log;
  const rows = await queriesOf(store).from("events").select("payload").execute();
  return rows.filter(({ payload }) => payload.length > 0).length;
};

describe("a system clock that is set", () => {
  it("back by a day locks no key longer than its window", async () => {
    for (let i = 0; i < 10; i++) await statusOf();
    expect(await statusOf()).toBe(429);
    harness.clock.step(-dayMs);
    expect(await statusOf()).toBe(429);
    harness.clock.advance(60_000);
    expect(await statusOf()).toBe(200);
  });

  it("forward by a day opens no limit", async () => {
    for (let i = 0; i < 10; i++) await statusOf();
    harness.clock.step(dayMs);
    expect(await statusOf()).toBe(429);
  });

  it("back by a day does not stop the pulls for a day", async () => {
    const { syncs } = harness.runtime.tenants.get("acme")!;
    const requests = harness.requests("zendesk").length;
    harness.clock.step(-dayMs);
    await advanceUntil(harness.clock, 5_000, "a pull", () => harness.requests("zendesk").length > requests + 3);
    expect(
      syncs
        .get("zendesk")!
        .progress()
        .every(({ complete }) => complete),
    ).toBe(true);
  });

  it("back by a day does not prolong the cooldown of a refresh", async () => {
    const path = `/v1/context/${harness.lab.tenants["acme"]!.examples.resolved[0]}/refresh`;
    const refresh = () => harness.request(path, { method: "POST" });
    expect((await refresh()).status).toBe(200);
    harness.clock.step(-dayMs);
    const limitedAnswer = await refresh();
    expect([limitedAnswer.status, Number(limitedAnswer.headers.get("retry-after")) <= 30]).toEqual([429, true]);
  });

  it.each([
    ["years forward", 3 * 365 * dayMs],
    ["forward by little more than the history", 45 * dayMs],
    ["back by a week", -7 * dayMs],
  ])("%s makes retention delete nothing, and opens an alert", async (_, ms) => {
    const previous = await payloads();
    expect(previous).toBeGreaterThan(50);
    await harness.runtime.close();
    harness.clock.step(ms);
    await harness.restart({ wait: false });
    await advanceUntil(harness.clock, 1_000, "an attempt to prune", () => pruning().length > 0);
    expect(pruning()).toMatchObject([{ msg: "history is not pruned", err: { code: "retention_refused" } }]);
    // New events carry the wrong time, too.
    await sendZendesk(harness, ticketEvent("created", { id: 777, requesterId: 1, updatedAt: harness.clock.now() }));
    for (let i = 0; i < 3; i++) {
      harness.clock.advance(3_600_000);
      await advanceUntil(harness.clock, 1_000, "another attempt", () => pruning().length > i + 1);
    }
    expect(pruning().every((line) => line.msg === "history is not pruned")).toBe(true);
    expect(await payloads()).toBeGreaterThanOrEqual(previous);
    const { alerts } = (await alertsOf()) as { alerts: { kind: string }[] };
    expect(alerts.map(({ kind }) => kind)).toContain("retention_refused");
  });

  it("right, after a long time without the process: history is deleted once the operator accepts the clock", async () => {
    const { log } = harness.runtime.tenants.get("acme")!.tenant;
    const now = harness.clock.now() + 100 * dayMs;
    const prune = (maxGapMs: number | null) =>
      harness.runtime.writer.send({ kind: "prune", tenant: "acme", cutoff: now - 30 * dayMs, now, maxGapMs });
    await expect(prune(15 * dayMs)).rejects.toMatchObject({ code: "retention_refused" });
    expect((await prune(null)).appended).toBeGreaterThan(50);
    expect(log.head()).toBeGreaterThan(0);
  });
});

async function alertsOf() {
  const { store } = harness.runtime.tenants.get("acme")!.tenant.log;
  const alerts = await queriesOf(store).from("alerts").select(["kind", "message"]).where("closed_at", "is", null).execute();
  return { alerts };
}
