import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boundOf, boundSeconds, unboundedSeconds } from "./ageBounds.ts";
import { attainmentOf, budgetLeft, burnRate } from "./attainment.ts";
import { type AgeSample, longSpan, shortSpan, startOf, toBuckets, windowOf } from "./buckets.ts";

const start = Date.UTC(2026, 10, 1);
const samples = fc.array(
  fc.record({
    at: fc.integer({ min: start, max: start + 30 * 86_400_000 }),
    connection: fc.constantFrom("zendesk", "salesforce"),
    object: fc.constantFrom("ticket", "user"),
    measure: fc.constantFrom("facts", "minutes"),
    cause: fc.constantFrom("webhook", "pull"),
    bound: fc.constantFrom(...boundSeconds),
    count: fc.integer({ min: 1, max: 50 }),
  }),
  { maxLength: 60 },
);
const total = (counts: readonly { count: number }[]) => counts.reduce((sum, { count }) => sum + count, 0);

describe("toBuckets", () => {
  it("counts every sample once in each length of bucket, in the bucket that holds its instant", () => {
    fc.assert(
      fc.property(samples, (list: AgeSample[]) => {
        const buckets = toBuckets(list);
        for (const span of [shortSpan, longSpan]) {
          const ofSpan = buckets.filter((bucket) => bucket.span === span);
          expect(total(ofSpan)).toBe(total(list));
          expect(ofSpan.every(({ at }) => at % (span * 1000) === 0)).toBe(true);
          for (const { at, count, ...place } of list) {
            const bucket = ofSpan.find(
              (row) => row.at === startOf(at, span) && Object.entries(place).every(([k, v]) => row[k as "cause"] === v),
            );
            expect(bucket?.count).toBeGreaterThanOrEqual(count);
          }
        }
      }),
    );
  });

  it("has one row for each bucket, in whatever parts the samples come", () => {
    fc.assert(
      fc.property(samples, fc.nat(), (list: AgeSample[], position) => {
        const atInstant = list.length === 0 ? 0 : position % list.length;
        const parts = [...toBuckets(list.slice(0, atInstant)), ...toBuckets(list.slice(atInstant))];
        const name = ({ count: _, ...bucket }: (typeof parts)[number]) => JSON.stringify(Object.values(bucket));
        const wholeHour = toBuckets(list);
        expect(new Set(wholeHour.map(name)).size).toBe(wholeHour.length);
        const additions = new Map<string, number>();
        for (const part of parts) additions.set(name(part), (additions.get(name(part)) ?? 0) + part.count);
        expect(new Map(wholeHour.map((bucket) => [name(bucket), bucket.count]))).toEqual(additions);
      }),
    );
  });
});

describe("boundOf", () => {
  it("is the lowest bound that holds an age", () => {
    fc.assert(
      fc.property(fc.integer({ min: -60_000, max: 200_000_000 }), (ageMs) => {
        const boundary = boundOf(ageMs);
        expect(boundary === unboundedSeconds || ageMs <= boundary * 1000).toBe(true);
        expect(boundSeconds.filter((lower) => lower < boundary).every((lower) => ageMs > lower * 1000)).toBe(true);
      }),
    );
  });
});

describe("windowOf", () => {
  it("holds every instant of the window, and at most one bucket more", () => {
    fc.assert(
      fc.property(fc.integer({ min: start, max: start + 1e10 }), fc.constantFrom(5, 60, 360, 4_320, 10_080), (now, minutes) => {
        const { span, from, to } = windowOf(now, minutes);
        expect(from).toBeLessThanOrEqual(now - minutes * 60_000);
        expect(from).toBeGreaterThan(now - minutes * 60_000 - span * 1000);
        expect(to).toBe(startOf(now, span));
      }),
    );
  });
});

describe("attainmentOf", () => {
  const counts = fc.array(
    fc.record({
      measure: fc.constantFrom("facts", "minutes"),
      bound: fc.constantFrom(...boundSeconds),
      count: fc.integer({ min: 1, max: 9 }),
    }),
    { minLength: 1, maxLength: 40 },
  );

  it("is a share, grows with the target, and is never above the share of facts or of minutes", () => {
    fc.assert(
      fc.property(counts, (list) => {
        let previous = 0;
        for (const limit of boundSeconds) {
          const { attainment, facts, minutes } = attainmentOf(list, limit);
          expect(attainment).toBeGreaterThanOrEqual(previous);
          expect(attainment).toBeLessThanOrEqual(1);
          for (const { young, total: allBuckets } of [facts, minutes])
            if (allBuckets > 0) expect(attainment).toBeLessThanOrEqual(young / allBuckets);
          previous = attainment ?? 0;
        }
        expect(previous).toBe(1);
      }),
    );
  });

  it("uses the whole budget exactly when as much is late as the objective allows", () => {
    const late = attainmentOf(
      [
        { measure: "minutes", bound: 60, count: 95 },
        { measure: "minutes", bound: 300, count: 5 },
      ],
      120,
    );
    expect(late.attainment).toBe(0.95);
    expect(burnRate(late.attainment, 0.95)).toBeCloseTo(1);
    expect(budgetLeft(late.attainment, 0.95)).toBeCloseTo(0);
    expect([burnRate(null, 0.95), budgetLeft(null, 0.95), attainmentOf([], 120).attainment]).toEqual([null, null, null]);
  });
});
