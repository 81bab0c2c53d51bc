import { manualClock } from "@sidelight/test-support/manualClock.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { TenantLog } from "../../log/log.ts";
import { openTestTables, type TestTables } from "../../store/testTables.ts";
import { createPanelCounts, paintQuantile } from "./panelCounts.ts";

let tables: TestTables;
beforeAll(async () => {
  tables = await openTestTables();
});
afterAll(() => tables.close());

const hourMs = 3_600_000;
const start = Date.UTC(2026, 10, 30, 12);

function processOf(tenant: string) {
  const clock = manualClock(start);
  const store = tables.forTenant(tenant);
  const state = { isLost: false };
  const log = {
    store,
    async append({ statements = [] }) {
      if (state.isLost) throw new Error("the store is lost");
      for (const statement of statements) await tables.execute(tenant, statement);
    },
  } as unknown as TenantLog;
  return { clock, state, counts: createPanelCounts({ log, clock }) };
}

it("adds up the counts of all processes, with those that are not stored yet", async () => {
  const [first, second] = [processOf("acme"), processOf("acme")];
  first.counts.count({ match: "resolved", stale: ["mixpanel", "mixpanel", "salesforce"] });
  first.counts.count({ match: "ambiguous", stale: [] });
  await first.counts.flush();
  second.counts.count({ match: "none", stale: ["mixpanel"] });
  second.counts.count({ match: "failed", stale: [] });
  await second.counts.flush();
  await second.counts.flush();
  first.counts.count({ match: "resolved", stale: [] });
  expect(await first.counts.since(start - hourMs)).toEqual({
    ...{ answers: 5, stale: 2, ambiguous: 1, unmatched: 1, failed: 1, paints: [] },
    staleByPlatform: { mixpanel: 2, salesforce: 1 },
  });
  expect((await second.counts.since(start + hourMs)).answers).toBe(0);
});

it("loses no count while the store is lost", async () => {
  const { counts, state } = processOf("globex");
  counts.count({ match: "resolved", stale: ["zendesk"] });
  state.isLost = true;
  await expect(counts.flush()).rejects.toThrow("lost");
  counts.count({ match: "resolved", stale: ["zendesk"] });
  expect((await counts.since(start)).staleByPlatform).toEqual({ zendesk: 2 });
  state.isLost = false;
  await counts.flush();
  expect((await counts.since(start)).answers).toBe(2);
});

it("says below which time most panels painted", async () => {
  const { counts } = processOf("initech");
  for (const ms of [100, 240, 260, 900, 90_000]) counts.countPaint(ms);
  const { paints } = await counts.since(start);
  expect(paints).toEqual([
    [250, 2],
    [500, 1],
    [1_000, 1],
    [Number.POSITIVE_INFINITY, 1],
  ]);
  expect([0.5, 0.8, 0.95].map((share) => paintQuantile(paints, share))).toEqual([500, 1_000, null]);
  expect(paintQuantile([], 0.5)).toBeNull();
});
