import fc from "fast-check";
import { expect, it } from "vitest";
import { lengthenedTtl } from "./ttl.ts";

it.each([
  [0, 60_000],
  [1, 66_000],
  [10, 120_000],
  [20, 180_000],
  [1_000, 180_000],
])("after %d reads, a ttl of a minute is %d ms", (reads, ttlMs) => {
  expect(lengthenedTtl(60_000, reads)).toBeCloseTo(ttlMs);
});

it("is never shorter than its base, and never longer than three times its base", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 86_400_000 }), fc.nat(), (base, reads) => {
      const ttl = lengthenedTtl(base, reads);
      return ttl >= base && ttl <= 3 * base;
    }),
  );
});
