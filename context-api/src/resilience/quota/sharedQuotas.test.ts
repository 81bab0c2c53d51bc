import { type Priority, priorities, type Quota } from "@sidelight/platform-kit/rateLimit.ts";
import { type ManualClock, manualClock } from "@sidelight/test-support/manualClock.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRateLimiter } from "../rateLimiter.ts";
import type { QuotaStore } from "./store.ts";
import { emptyWindow, updateWindow, type WindowAnswer, type WindowRequest } from "./window.ts";

const flush = async () => {
  for (let i = 0; i < 4; i++) await new Promise(setImmediate);
};
const neverAborted = new AbortController().signal;
const settleMs = 3_000;

/** A store that several limiters share, which can be lost with or without what it counted. */
function sharedStore(clock: ManualClock, members: number) {
  const listeners = new Set<{ owner: string; receive(quota: string, count: number): void; recover(): void }>();
  let windows = new Map<string, ReturnType<typeof emptyWindow>>();
  let isLost = false;
  let settledAt = 0;
  let steps = 0;
  const answer = (quota: string, request: WindowRequest): WindowAnswer => {
    const window = windows.get(quota) ?? emptyWindow();
    windows.set(quota, window);
    return JSON.parse(JSON.stringify(updateWindow(window, request, clock.monotonic())));
  };
  return {
    steps: () => steps,
    lose(forgets: boolean) {
      isLost = true;
      if (forgets) windows = new Map();
    },
    recover() {
      if (!isLost) return;
      isLost = false;
      settledAt = clock.monotonic() + settleMs;
      for (const { recover } of listeners) recover();
    },
    of(owner: string): QuotaStore {
      const announcementListeners = new Map<string, (count: number) => void>();
      const recovered = new Set<() => void>();
      listeners.add({
        owner,
        receive: (quota, count) => announcementListeners.get(quota)?.(count),
        recover: () => {
          for (const listener of recovered) listener();
        },
      });
      return {
        owner,
        hasLeases: () => true,
        async update(quota, request) {
          steps += 1;
          return isLost || clock.monotonic() < settledAt ? null : answer(quota, request);
        },
        shared: {
          shareOf: (limit) => Math.floor(limit / members),
          members: () => members,
          now: () => clock.monotonic(),
          async announce(quota, count) {
            if (isLost) return false;
            for (const listener of listeners) if (listener.owner !== owner) listener.receive(quota, count);
            return true;
          },
          onAnnounced(quota, listener) {
            announcementListeners.set(quota, listener);
            return () => void announcementListeners.delete(quota);
          },
          onRecovered(listener) {
            recovered.add(listener);
            return () => void recovered.delete(listener);
          },
          restore(quota, request) {
            if (!isLost) answer(quota, request);
          },
        },
      };
    },
  };
}

const countIn = (sent: readonly number[], end: number, windowMs: number): number =>
  sent.filter((instant) => instant > end - windowMs && instant <= end).length;

describe("rate limiters of several processes", () => {
  it("together never send more than a small limit in any window, also when the store is lost and forgets", async () => {
    const step = fc.record({
      process: fc.nat(3),
      priority: fc.constantFrom<Priority>(...priorities),
      waitMs: fc.integer({ min: 0, max: 1_500 }),
      event: fc.constantFrom<"none" | "none2" | "none3" | "lose" | "forget" | "recover">(
        "none",
        "none2",
        "none3",
        "lose",
        "forget",
        "recover",
      ),
    });
    const limits = fc.integer({ min: 1, max: 12 });
    await fc.assert(
      fc.asyncProperty(
        limits,
        fc.integer({ min: 1, max: 4 }),
        fc.array(step, { maxLength: 70 }),
        async (limit, members, steps) => {
          const clock = manualClock(0);
          const store = sharedStore(clock, members);
          const quota: Quota = { limit, windowMs: 10_000 };
          const limiters = Array.from({ length: members }, (_, i) =>
            createRateLimiter({ core: quota }, clock, store.of(`p${i}`)),
          );
          await Promise.all(limiters.map((limiter) => limiter.refresh()));
          const sent: number[] = [];
          const stop = new AbortController();
          for (const { process, priority, waitMs, event } of steps) {
            if (event === "lose" || event === "forget") store.lose(event === "forget");
            if (event === "recover") store.recover();
            limiters[process % members]?.acquire(priority, "core", stop.signal).then(
              () => sent.push(clock.monotonic()),
              () => {},
            );
            await flush();
            clock.advance(waitMs);
            await flush();
          }
          stop.abort();
          for (const end of sent) expect(countIn(sent, end, 10_000)).toBeLessThanOrEqual(limit);
        },
      ),
      { numRuns: 150 },
    );
  });

  it("use a large limit to 98 % or more, never exceed it, and need fewer steps of the store than calls", async () => {
    const clock = manualClock(0);
    const store = sharedStore(clock, 3);
    const quota: Quota = { limit: 3_000, windowMs: 60_000, unreserved: true };
    const limiters = [0, 1, 2].map((i) => createRateLimiter({ core: quota }, clock, store.of(`p${i}`)));
    const sent: number[] = [];
    const stop = new AbortController();
    /** Each process sends calls as fast as it may, a few at a time. */
    const callers = limiters.flatMap((limiter) =>
      Array.from({ length: 4 }, async () => {
        while (!stop.signal.aborted) {
          await limiter.acquire("sync", "core", stop.signal);
          sent.push(clock.monotonic());
          await clock.sleep(60, stop.signal);
        }
      }),
    );
    for (let i = 0; i < 4_000; i++) {
      await new Promise(setImmediate);
      clock.advance(60);
    }
    stop.abort();
    await Promise.allSettled(callers);
    for (let end = 60_000; end <= 240_000; end += 5_000) expect(countIn(sent, end, 60_000)).toBeLessThanOrEqual(3_000);
    const usedShare = countIn(sent, 240_000, 180_000) / 9_000;
    expect(usedShare).toBeGreaterThanOrEqual(0.98);
    expect(store.steps() / sent.length).toBeLessThan(0.6);
  }, 120_000);

  it("all stop when one of them reports that the platform refuses requests", async () => {
    const clock = manualClock(0);
    const store = sharedStore(clock, 2);
    const quota: Quota = { limit: 50, windowMs: 60_000 };
    const [first, second] = ["a", "b"].map((owner) => createRateLimiter({ core: quota }, clock, store.of(owner)));
    first?.observe("core", { limit: 50, remaining: 0, resetAt: 30_000 });
    await flush();
    const error = await second?.acquire("interactive", "core", neverAborted).catch((e: unknown) => e);
    expect(error).toMatchObject({ name: "QuotaExhaustedError", retryAt: 30_000 });
  });

  it("serves higher priorities first, and callers of one priority in their order", async () => {
    const clock = manualClock(0);
    const limiter = createRateLimiter({ core: { limit: 1, windowMs: 1_000, unreserved: true } }, clock);
    await limiter.acquire("sync", "core", neverAborted);
    const order: string[] = [];
    const names = ["backfill", "sync", "webhook", "sync", "interactive"] as const;
    names.forEach((priority, i) => {
      void limiter.acquire(priority, "core", neverAborted).then(() => order.push(`${priority} ${i}`));
    });
    for (let i = 0; i < 5; i++) {
      await flush();
      clock.advance(1_000);
      await flush();
    }
    expect(order).toEqual(["interactive 4", "webhook 2", "sync 1", "sync 3", "backfill 0"]);
  });

  it("do not request from the store while they wait", async () => {
    const clock = manualClock(0);
    const store = sharedStore(clock, 2);
    const limiter = createRateLimiter({ core: { limit: 2, windowMs: 3_600_000 } }, clock, store.of("a"));
    await limiter.acquire("sync", "core", neverAborted);
    await limiter.acquire("sync", "core", neverAborted);
    const stop = new AbortController();
    for (let i = 0; i < 100; i++) void limiter.acquire("sync", "core", stop.signal).catch(() => {});
    await flush();
    const steps = store.steps();
    for (let i = 0; i < 100; i++) {
      void limiter.acquire("backfill", "core", stop.signal).catch(() => {});
      await flush();
      clock.advance(100);
    }
    expect(store.steps() - steps).toBeLessThanOrEqual(2);
    stop.abort();
  });

  it("use their part of the limit while the store is lost", async () => {
    const clock = manualClock(0);
    const store = sharedStore(clock, 4);
    const limiter = createRateLimiter({ core: { limit: 40, windowMs: 60_000, unreserved: true } }, clock, store.of("a"));
    await limiter.refresh();
    store.lose(true);
    let sentCount = 0;
    const stop = new AbortController();
    for (let i = 0; i < 40; i++)
      limiter.acquire("sync", "core", stop.signal).then(
        () => sentCount++,
        () => {},
      );
    await flush();
    expect(sentCount).toBe(10);
    stop.abort();
  });
});
