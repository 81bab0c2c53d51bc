import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { listingInterval } from "./listing.ts";

const minute = 60_000;
const pullEveryMs = 15 * minute;

describe("the time between two listings", () => {
  it("is that of the pulls for a small object whose values can change without a stamp", () => {
    for (const pages of [0, 1, 3]) expect(listingInterval({ pages, isBlind: true, pullEveryMs })).toBe(pullEveryMs);
    expect(listingInterval({ pages: 12, isBlind: true, pullEveryMs })).toBe(60 * minute);
  });

  it("is between an hour and a day for other objects", () => {
    expect(listingInterval({ pages: 1, isBlind: false, pullEveryMs })).toBe(60 * minute);
    expect(listingInterval({ pages: 5, isBlind: false, pullEveryMs })).toBe(300 * minute);
    expect(listingInterval({ pages: 500, isBlind: false, pullEveryMs })).toBe(24 * 60 * minute);
  });

  it("is never shorter than a pull, and costs a blind object at most twelve calls an hour beyond its pulls", () => {
    fc.assert(
      fc.property(fc.nat({ max: 10_000 }), fc.boolean(), fc.integer({ min: 1, max: 86_400 }), (pages, isBlind, seconds) => {
        const interval = listingInterval({ pages, isBlind, pullEveryMs: seconds * 1000 });
        expect(interval).toBeGreaterThanOrEqual(seconds * 1000);
        if (isBlind) expect((pages * 60 * minute) / interval).toBeLessThanOrEqual(12);
      }),
    );
  });
});
