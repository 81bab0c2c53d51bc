import { manualClock } from "@sidelight/test-support/manualClock.ts";
import { describe, expect, it } from "vitest";
import { fetchDeadline, timedOut, withDeadline } from "./deadline.ts";

describe("the deadline of fetches", () => {
  it("leaves time to compose the answer", () => {
    expect(fetchDeadline({ now: 1_000, deadlineMs: 900, eventLoopDelayMs: 0 })).toBe(1_860);
  });

  it("is earlier while the process is busy, so that the answer stays inside its deadline", () => {
    expect(fetchDeadline({ now: 0, deadlineMs: 900, eventLoopDelayMs: 80 })).toBe(780);
  });

  it("leaves the platforms most of the time, however busy the process is", () => {
    expect(fetchDeadline({ now: 0, deadlineMs: 900, eventLoopDelayMs: 10_000 })).toBe(710);
    expect(fetchDeadline({ now: 0, deadlineMs: 100, eventLoopDelayMs: 10_000 })).toBe(40);
    expect(fetchDeadline({ now: 0, deadlineMs: 0, eventLoopDelayMs: 10_000 })).toBe(0);
  });
});

describe("work with a deadline", () => {
  it("returns the result, or timedOut at the deadline, and does not end the work", async () => {
    const clock = manualClock(0);
    const work = Promise.withResolvers<string>();
    const late = withDeadline(work.promise, clock, 100);
    clock.advance(100);
    expect(await late).toBe(timedOut);
    work.resolve("done");
    expect(await withDeadline(work.promise, clock, 200)).toBe("done");
  });

  it("passes an error on", async () => {
    await expect(withDeadline(Promise.reject(new Error("lost")), manualClock(0), 100)).rejects.toThrow("lost");
  });
});
