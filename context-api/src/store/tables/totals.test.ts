import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestTables, type TestTables } from "../testTables.ts";
import { addCallTotals } from "./callTotals.ts";
import {
  addFreshnessCounts,
  deleteFreshnessCounts,
  type FreshnessCount,
  firstFreshnessCount,
  listFreshnessCounts,
  sumFreshnessCounts,
} from "./freshnessCounts.ts";
import {
  addUsageTotals,
  deleteUsageTotals,
  firstTotalHour,
  sumCallTotals,
  sumUsageTotals,
  type UsageTotal,
} from "./usageTotals.ts";

let tables: TestTables;
beforeAll(async () => {
  tables = await openTestTables();
});
afterAll(() => tables.close());

const hour = 3_600_000;
const bucket = (instant: number, count: number, overrides: Partial<FreshnessCount> = {}): FreshnessCount => ({
  span: 3_600,
  at: instant,
  connection: "zd",
  object: "ticket",
  measure: "facts",
  cause: "webhook",
  bound: 60,
  count,
  ...overrides,
});

describe("freshness_counts", () => {
  it("adds up what several processes count, and sums a window of one length of bucket", async () => {
    const store = tables.forTenant("t1");
    const otherStore = tables.forTenant("t2");
    expect(await firstFreshnessCount(store, 3_600)).toBeNull();
    await tables.execute("t1", addFreshnessCounts(store, [bucket(hour, 2), bucket(2 * hour, 3), bucket(hour, 9, { span: 300 })]));
    await tables.execute("t1", addFreshnessCounts(store, [bucket(hour, 5), bucket(2 * hour, 1, { bound: 300 })]));
    await tables.execute("t2", addFreshnessCounts(otherStore, [bucket(hour, 100)]));
    const sums = await sumFreshnessCounts(store, { span: 3_600, from: hour, to: 2 * hour });
    expect(sums.map(({ bound, count }) => [bound, count]).sort()).toEqual([
      [300, 1],
      [60, 10],
    ]);
    const place = { connection: "zd", object: "ticket" };
    expect(await listFreshnessCounts(store, { span: 3_600, from: 2 * hour, to: 9 * hour, ...place })).toHaveLength(2);
    expect(await firstFreshnessCount(store, 3_600)).toBe(hour);
  });

  it("deletes old buckets of one length", async () => {
    const store = tables.forTenant("t3");
    await tables.execute("t3", addFreshnessCounts(store, [bucket(hour, 1), bucket(5 * hour, 1), bucket(hour, 1, { span: 300 })]));
    expect(await tables.execute("t3", deleteFreshnessCounts(store, 3_600, 3 * hour))).toBe(1);
    expect(await firstFreshnessCount(store, 3_600)).toBe(5 * hour);
    expect(await firstFreshnessCount(store, 300)).toBe(hour);
  });
});

describe("usage_totals", () => {
  const total = (instant: number, overrides: Partial<UsageTotal> = {}): UsageTotal => ({
    hour: instant,
    kind: "delivery",
    connection: "mp",
    name: "track",
    route: "r",
    customer_tier: "",
    records: 3,
    events: 2,
    calls: 1,
    ...overrides,
  });

  it("adds up what several processes count, and sums a period without its end", async () => {
    const store = tables.forTenant("t4");
    expect(await firstTotalHour(store)).toBeNull();
    await tables.execute("t4", addUsageTotals(store, [total(hour), total(hour, { route: "s" })]));
    await tables.execute("t4", addUsageTotals(store, [total(hour), total(2 * hour), total(3 * hour)]));
    const sums = await sumUsageTotals(store, { from: hour, to: 3 * hour });
    expect(sums.map(({ route, records, events, calls }) => [route, records, events, calls]).sort()).toEqual([
      ["r", 9, 6, 3],
      ["s", 3, 2, 1],
    ]);
    expect(await tables.execute("t4", deleteUsageTotals(store, 2 * hour))).toBe(2);
    expect(await firstTotalHour(store)).toBe(2 * hour);
  });

  it("sums calls by what they were for", async () => {
    const store = tables.forTenant("t5");
    const call = {
      connection: "zd",
      platform: "zendesk",
      operation: "GET /a",
      priority: "sync",
      status_class: "2xx",
      customer_tier: "",
      ms: 1,
      bytes: 1,
    };
    const rows = [1, 2, 3].map((n) => ({ ...call, hour: n * hour, cause: "stream:tickets", calls: n }));
    await tables.execute("t5", addCallTotals(store, [...rows, { ...call, hour, cause: "read", calls: 5 }]));
    const sums = await sumCallTotals(store, { from: hour, to: 3 * hour });
    expect(sums.map(({ cause, calls }) => [cause, calls]).sort()).toEqual([
      ["read", 5],
      ["stream:tickets", 3],
    ]);
    expect(await firstTotalHour(store)).toBe(hour);
  });
});
