import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adaptToQuota, joinWaitMs, scarcestPart } from "./adaptiveBatch.ts";

const dayMs = 86_400_000;
const part = fc.double({ min: 0, max: 1, noNaN: true });
const range = fc.tuple(fc.nat(10_000), fc.nat(10_000)).map(([ample, more]) => ({ ample, scarce: ample + more }));

describe("a value that adapts to what is left of a quota", () => {
  it("is never outside its range, and never smaller while less is left", () => {
    fc.assert(
      fc.property(range, part, part, ({ ample, scarce }, a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)];
        const value = adaptToQuota({ ample, scarce }, less);
        expect(value).toBeGreaterThanOrEqual(adaptToQuota({ ample, scarce }, more));
        expect(value).toBeGreaterThanOrEqual(ample);
        expect(value).toBeLessThanOrEqual(scarce);
      }),
    );
  });

  it("is the usual one while a quarter is left, and the largest below a tenth", () => {
    const size = { ample: 100, scarce: 1_000 };
    expect([1, 0.25, 0.175, 0.1, 0].map((left) => adaptToQuota(size, left))).toEqual([100, 100, 550, 1_000, 1_000]);
  });
});

describe("the wait of a write for others that share its call", () => {
  it("is nothing while enough of the quota is left", () => {
    expect(joinWaitMs({ limit: 100_000, remaining: 30_000, windowMs: dayMs })).toBe(0);
  });

  it("is a minute at most for the quota of a day, and a tenth of a shorter window", () => {
    expect(joinWaitMs({ limit: 100_000, remaining: 5_000, windowMs: dayMs })).toBe(60_000);
    expect(joinWaitMs({ limit: 100, remaining: 0, windowMs: 60_000 })).toBe(6_000);
  });

  it("is nothing for a window that only spaces requests", () => {
    expect(joinWaitMs({ limit: 3, remaining: 0, windowMs: 200 })).toBe(0);
  });
});

describe("the scarcest of some quotas", () => {
  it("counts, apart from those with a short window", () => {
    const quotas = [
      { limit: 100, remaining: 60, windowMs: 60_000 },
      { limit: 60, remaining: 15, windowMs: 3_600_000 },
      { limit: 3, remaining: 0, windowMs: 1_500 },
    ];
    expect(scarcestPart(quotas)).toBe(0.25);
    expect(scarcestPart([])).toBe(1);
  });
});
