import { addDays } from "@sidelight/model/calendar.ts";
import type { RecordInput, UsageData } from "@sidelight/model/records.ts";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TenantLog } from "./log.ts";
import { openReader } from "./reader.ts";
import { type Logs, openLogs } from "./testLogs.ts";

let logs: Logs;
beforeAll(async () => {
  logs = await openLogs();
});
afterAll(() => logs.close());

const days = 8;
const dayOf = (n: number): string => addDays("2026-11-01", n);
const ref = "mixpanel.usage:ada";

/** An event of a person: on a day, and visible to reads that began later than it arrived. */
const occurrence = fc.record({ day: fc.integer({ min: 0, max: days - 1 }), arrivedAt: fc.integer({ min: 0, max: 9 }) });
type Occurrence = typeof occurrence extends fc.Arbitrary<infer T> ? T : never;

/** A read counts some days. It is stored at any time after it began, beside others: a pull and refreshes of one person. */
const read = fc
  .record({ startedAt: fc.integer({ min: 1, max: 10 }), from: fc.nat(days - 1), length: fc.nat(days - 1), storedAt: fc.nat(20) })
  .map(({ from, length, ...times }) => ({ ...times, from, to: Math.min(from + length, days - 1) }));
type Read = typeof read extends fc.Arbitrary<infer T> ? T : never;

function countsOf(occurrences: readonly Occurrence[], { startedAt, from, to }: Read): UsageData {
  const visible = occurrences.filter(({ day, arrivedAt }) => arrivedAt < startedAt && day >= from && day <= to);
  const counts: UsageData["days"] = {};
  for (const [day, events] of Map.groupBy(visible, (o) => dayOf(o.day)))
    counts[day] = { events: events.length, sessions: 0, features: {} };
  const lastDay = Object.keys(counts).sort().at(-1);
  return { kind: "usage", lastActiveAt: lastDay ? `${lastDay}T12:00:00.000Z` : null, days: counts, funnel: {} };
}

const recordOf = (occurrences: readonly Occurrence[], counting: Read): RecordInput => ({
  ref,
  platform: "mixpanel",
  connection: "mixpanel",
  object: "usage",
  subject: "mixpanel.user:ada",
  changedAt: null,
  observedAt: counting.startedAt,
  identifiers: [],
  edges: [{ rel: "user", to: "mixpanel.user:ada" }],
  data: countsOf(occurrences, counting),
  counted: { from: dayOf(counting.from), to: dayOf(counting.to), countedSince: dayOf(counting.from) },
});

async function storedUsage(log: TenantLog): Promise<UsageData> {
  const [record] = await openReader(log).records([log.key(ref)]);
  return record!.data as UsageData;
}

/** The number of events of each day that the latest read of that day has seen. */
function expectedDays(occurrences: readonly Occurrence[], reads: readonly Read[]): Record<string, number> {
  const expected: Record<string, number> = {};
  for (let day = 0; day < days; day++) {
    const starts = reads.filter(({ from, to }) => day >= from && day <= to).map(({ startedAt }) => startedAt);
    const count = occurrences.filter((o) => o.day === day && o.arrivedAt < Math.max(0, ...starts)).length;
    if (count > 0) expected[dayOf(day)] = count;
  }
  return expected;
}

describe("usage that several reads count at the same time", () => {
  it("has the newest count of each day, in whatever order the reads are stored", async () => {
    const occurrences = fc.array(occurrence, { maxLength: 30 });
    const reads = fc.array(read, { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(occurrences, reads, fc.boolean(), async (seen, readsOfAda, areJoined) => {
        const log = await logs.newLog();
        const records = readsOfAda.toSorted((a, b) => a.storedAt - b.storedAt).map((r) => recordOf(seen, r));
        // Commits that are sent together share a transaction.
        const commits = areJoined ? [records] : records.map((record) => [record]);
        await Promise.all(commits.map((joined) => log.commit({ records: joined, correlationId: "test" })));
        const { days: counted, lastActiveAt } = await storedUsage(log);
        const expected = expectedDays(seen, readsOfAda);
        expect(Object.fromEntries(Object.entries(counted).map(([day, { events }]) => [day, events]))).toEqual(expected);
        const lastDay = Object.keys(expected).at(-1);
        expect(lastActiveAt).toBe(lastDay ? `${lastDay}T12:00:00.000Z` : null);
      }),
      { numRuns: 100 },
    );
  });

  it("appends nothing when a read counts the same again", async () => {
    const log = await logs.newLog();
    const seen = [{ day: 2, arrivedAt: 0 }];
    const counting = { startedAt: 5, from: 0, to: 7, storedAt: 0 };
    const commit = (startedAt: number) =>
      log.commit({ records: [recordOf(seen, { ...counting, startedAt })], correlationId: "test" });
    expect((await commit(5)).appended).toBe(1);
    expect((await commit(6)).appended).toBe(0);
    const [record] = await openReader(log).records([log.key(ref)]);
    expect(record!.observedAt).toBe(6);
  });
});
