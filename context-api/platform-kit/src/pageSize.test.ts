import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPageSize } from "./pageSize.ts";

describe("the size of a page", () => {
  const open = () => {
    const quota = { left: 1 };
    return { quota, pageSize: createPageSize({ min: 100, max: 1_000, quotaLeft: () => quota.left }) };
  };

  it("is halved while the platform answers slowly, quartered after a timeout, and never below the minimum", () => {
    const { pageSize } = open();
    pageSize.record(12_000, true);
    expect(pageSize.current()).toBe(500);
    pageSize.record(30_000, false);
    expect(pageSize.current()).toBe(125);
    pageSize.record(30_000, false);
    expect(pageSize.current()).toBe(100);
  });

  it("grows again with fast answers, and stays after one of medium speed", () => {
    const { pageSize } = open();
    pageSize.record(30_000, false);
    pageSize.record(5_000, true);
    expect(pageSize.current()).toBe(250);
    pageSize.record(500, true);
    pageSize.record(500, true);
    pageSize.record(500, true);
    expect(pageSize.current()).toBe(1_000);
  });

  it("is the largest when little of the quota is left, unless the platform is slow", () => {
    const { pageSize, quota } = open();
    pageSize.record(30_000, false);
    quota.left = 0.1;
    expect(pageSize.current()).toBe(250);
    pageSize.record(5_000, true);
    expect(pageSize.current()).toBe(1_000);
  });

  it("is not changed by a refusal, which comes at once", () => {
    const { pageSize } = open();
    pageSize.record(20, false);
    expect(pageSize.current()).toBe(1_000);
  });

  it("has the usual size while enough of the quota is left, and the largest when little is", () => {
    const quota = { left: 1 };
    const pageSize = createPageSize({ min: 7, usual: 30, max: 90, quotaLeft: () => quota.left });
    expect(pageSize.current()).toBe(30);
    quota.left = 0.05;
    expect(pageSize.current()).toBe(90);
    pageSize.record(30_000, false);
    expect(pageSize.current()).toBe(7);
  });

  it("is never below the minimum, never above the maximum, and never smaller while less is left", () => {
    const page = fc.record({ ms: fc.nat(60_000), hasArrived: fc.boolean() });
    const part = fc.double({ min: 0, max: 1, noNaN: true });
    const sizes = fc.tuple(fc.integer({ min: 1, max: 500 }), fc.nat(500), fc.nat(1_000));
    fc.assert(
      fc.property(sizes, fc.array(page, { maxLength: 20 }), fc.tuple(part, part), ([min, more, most], pages, parts) => {
        const [usual, max] = [min + more, min + more + most];
        const quota = { left: 1 };
        const pageSize = createPageSize({ min, usual, max, quotaLeft: () => quota.left });
        for (const { ms, hasArrived } of pages) pageSize.record(ms, hasArrived);
        const currentSizes = parts
          .toSorted((a, b) => a - b)
          .map((left) => {
            quota.left = left;
            return pageSize.current();
          });
        expect(currentSizes[0]).toBeGreaterThanOrEqual(currentSizes[1] ?? 0);
        for (const size of currentSizes) {
          expect(size).toBeGreaterThanOrEqual(min);
          expect(size).toBeLessThanOrEqual(max);
        }
      }),
    );
  });
});
