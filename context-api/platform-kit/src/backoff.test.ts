import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exponentialBackoff, halfJitter, listedBackoff } from "./backoff.ts";

const exact = (ms: number): number => ms;
const take = (count: number, next: () => number): number[] => Array.from({ length: count }, next);

describe("backoff", () => {
  it("doubles up to its maximum and starts again after a reset", () => {
    const backoff = exponentialBackoff(1_000, 5_000, exact);
    expect(take(5, backoff.next)).toEqual([1_000, 2_000, 4_000, 5_000, 5_000]);
    backoff.reset();
    expect(take(2, backoff.next)).toEqual([1_000, 2_000]);
  });

  it("uses listed delays and repeats the last one", () => {
    const backoff = listedBackoff([100, 400, 1_000], exact);
    expect(take(5, backoff.next)).toEqual([100, 400, 1_000, 1_000, 1_000]);
    backoff.reset();
    expect(backoff.next()).toBe(100);
  });

  it("has a jitter between half of the delay and the delay", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), (ms) => {
        const delay = halfJitter(ms);
        expect(delay).toBeGreaterThanOrEqual(ms / 2);
        expect(delay).toBeLessThanOrEqual(ms);
      }),
    );
  });
});
