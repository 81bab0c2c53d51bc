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
});
