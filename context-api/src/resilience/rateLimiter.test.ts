import { type Priority, priorities, QuotaExhaustedError } from "@sidelight/platform-kit/rateLimit.ts";
import { manualClock } from "@sidelight/test-support/manualClock.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRateLimiter } from "./rateLimiter.ts";

const neverAborted = new AbortController().signal;
const flush = () => new Promise(setImmediate);

describe("a rate limiter", () => {
  it("never sends more requests than its limit in any window, though one takes two seconds longer than another", async () => {
    const step = fc.record({
      priority: fc.constantFrom<Priority>("interactive", "sync", "backfill"),
      wait: fc.integer({ min: 0, max: 400 }),
      transit: fc.constantFrom(0, 100, 2_000),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 8 }),
        fc.array(step, { minLength: 60, maxLength: 150 }),
        async (limit, steps) => {
          const clock = manualClock(1_000_000);
          const limiter = createRateLimiter({ core: { limit, windowMs: 10_000 } }, clock);
          const arrivals: number[] = [];
          const stop = new AbortController();
          for (const { priority, wait, transit } of steps) {
            limiter.acquire(priority, "core", stop.signal).then(
              () => arrivals.push(clock.now() + transit),
              () => {},
            );
            await new Promise(setImmediate);
            clock.advance(wait);
            await new Promise(setImmediate);
          }
          stop.abort();
          for (const end of arrivals)
            expect(arrivals.filter((t) => t > end - 10_000 && t <= end).length).toBeLessThanOrEqual(limit);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("reserves a share for higher priorities: a backfill leaves requests for readers", async () => {
    const limiter = createRateLimiter({ core: { limit: 10, windowMs: 60_000 } }, manualClock(0));
    let acquiredCount = 0;
    for (let i = 0; i < 20; i++) void limiter.acquire("backfill", "core", neverAborted).then(() => acquiredCount++);
    await new Promise(setImmediate);
    expect(acquiredCount).toBe(6);
    for (let i = 0; i < 2; i++) await limiter.acquire("interactive", "core", neverAborted);
    await expect(limiter.acquire("interactive", "core", neverAborted)).rejects.toThrow(QuotaExhaustedError);
  });

  it("trusts the platform when it reports that nothing is left", async () => {
    const clock = manualClock(0);
    const limiter = createRateLimiter({ core: { limit: 10, windowMs: 60_000 } }, clock);
    limiter.observe("core", { limit: 10, remaining: 0, resetAt: 30_000 });
    const error = await limiter.acquire("interactive", "core", neverAborted).catch((e: unknown) => e);
    expect(error).toMatchObject({ retryAt: 30_000 });
    clock.advance(30_001);
    await limiter.acquire("interactive", "core", neverAborted);
  });

  it("keeps for each priority what the others may not use, and lets every waiting call through eventually", async () => {
    const guarantees: Record<Priority, number> = { interactive: 0.2, webhook: 0.1, sync: 0.1, backfill: 0 };
    const step = fc.record({ priority: fc.constantFrom(...priorities), wait: fc.integer({ min: 0, max: 1_500 }) });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 25 }), fc.array(step, { maxLength: 60 }), async (limit, steps) => {
        const clock = manualClock(0);
        const limiter = createRateLimiter({ core: { limit, windowMs: 10_000 } }, clock);
        const allowed: { priority: Priority; at: number; reservedCount: number; used: number }[] = [];
        let refusals = 0;
        for (const { priority, wait } of steps) {
          limiter.acquire(priority, "core", neverAborted).then(
            () => {
              const window = allowed.filter((a) => a.at > clock.now() - 10_000);
              const unusedShare = (priorityName: Priority) =>
                Math.max(
                  0,
                  Math.round(limit * guarantees[priorityName]) - window.filter((a) => a.priority === priorityName).length,
                );
              const reservedCount = priorities
                .filter((name) => name !== priority)
                .reduce((sum, name) => sum + unusedShare(name), 0);
              allowed.push({ priority, at: clock.now(), used: window.length, reservedCount });
            },
            (error: QuotaExhaustedError) => {
              expect([priority, error.retryAt > clock.now()]).toEqual(["interactive", true]);
              refusals += 1;
            },
          );
          await flush();
          clock.advance(wait);
          await flush();
        }
        for (let i = 0; clock.sleepers > 0 && i < 200; i++) {
          clock.advance(10_000);
          await flush();
        }
        expect(allowed.length + refusals).toBe(steps.length);
        for (const { used, reservedCount } of allowed) expect(used).toBeLessThan(Math.max(1, limit - reservedCount));
      }),
      { numRuns: 60 },
    );
  });

  it("leaves requests for webhooks and pulls when readers use all that they may", async () => {
    const limiter = createRateLimiter({ core: { limit: 60, windowMs: 3_600_000 } }, manualClock(0));
    let interactive = 0;
    for (let i = 0; i < 100; i++)
      await limiter.acquire("interactive", "core", neverAborted).then(
        () => interactive++,
        () => {},
      );
    expect(interactive).toBe(48);
    for (let i = 0; i < 6; i++) {
      await limiter.acquire("webhook", "core", neverAborted);
      await limiter.acquire("sync", "core", neverAborted);
    }
  });

  it("gives searches for strangers a quarter of the quota, so that a normal read still has requests", async () => {
    const limiter = createRateLimiter({ core: { limit: 60, windowMs: 3_600_000 } }, manualClock(0));
    let lookups = 0;
    for (let i = 0; i < 300; i++) {
      await limiter.acquire("interactive", "core", neverAborted, { onDemand: "search" }).then(
        () => lookups++,
        () => {},
      );
    }
    expect(lookups).toBe(15);
    await limiter.acquire("interactive", "core", neverAborted);
  });

  it.each([99_999_999_999_000, Number.POSITIVE_INFINITY, 8.64e15])(
    "waits an hour at most when the platform reports the reset time %d",
    async (resetAt) => {
      const clock = manualClock(0);
      const limiter = createRateLimiter({ core: { limit: 10, windowMs: 60_000 } }, clock);
      limiter.observe("core", { limit: 10, remaining: 0, resetAt });
      const error = await limiter.acquire("interactive", "core", neverAborted).catch((e: unknown) => e);
      expect(error).toMatchObject({ retryAt: 3_600_000 });
      clock.advance(3_600_000);
      await limiter.acquire("interactive", "core", neverAborted);
    },
  );

  it("keeps the shares of the higher priorities from what another client of the account leaves", async () => {
    const clock = manualClock(0);
    const account = { limit: 100, used: 0 };
    const open = () => {
      const limiter = createRateLimiter({ core: { limit: account.limit, windowMs: 60_000 } }, clock);
      /** Requests that are sent when each one is answered before the next. */
      const send = async (count: number, ...[priority, options]: [Priority, { onDemand?: "search" }?]): Promise<number> => {
        let sentCount = 0;
        for (let i = 0; i < count; i++) {
          let isSent = false;
          const acquired = limiter.acquire(priority, "core", neverAborted, options).then(
            () => (isSent = true),
            () => {},
          );
          await Promise.race([acquired, flush()]);
          if (!isSent) break;
          sentCount += 1;
          account.used += 1;
          limiter.observe("core", { limit: account.limit, remaining: account.limit - account.used, resetAt: null });
        }
        return sentCount;
      };
      return send;
    };
    const [first, second] = [open(), open()];
    expect(await first(100, "backfill")).toBe(60);
    // The other tenant believes in its own hundred until the first answer.
    expect(await second(100, "backfill")).toBe(24);
    expect(await second(100, "sync")).toBe(4);
    expect(await second(100, "interactive", { onDemand: "search" })).toBeLessThanOrEqual(5);
    expect(await first(4, "interactive")).toBe(4);
    expect(await second(4, "interactive")).toBe(4);
    expect(account.used).toBeLessThanOrEqual(account.limit);
  });

  it("ignores counts that are none", () => {
    const limiter = createRateLimiter({ core: { limit: 10, windowMs: 60_000 } }, manualClock(0));
    for (const remaining of [Number.NaN, Number.POSITIVE_INFINITY, 0.5])
      limiter.observe("core", { limit: 10, remaining, resetAt: 60_000 });
    limiter.observe("core", { limit: 1e300, remaining: 5, resetAt: null });
    expect(limiter.left()).toEqual({ core: { limit: 10, remaining: 10, windowMs: 60_000, blockedUntil: null } });
  });

  it("lets waiting calls through at once when an operator releases it", async () => {
    const clock = manualClock(0);
    const limiter = createRateLimiter({ core: { limit: 10, windowMs: 60_000 } }, clock);
    limiter.observe("core", { limit: 10, remaining: 0, resetAt: 3_000_000 });
    const waitingCall = limiter.acquire("sync", "core", neverAborted);
    await flush();
    limiter.release();
    await waitingCall;
  });

  it("refuses an interactive call with the retry time; other priorities wait", async () => {
    const clock = manualClock(0);
    const limiter = createRateLimiter({ core: { limit: 2, windowMs: 60_000 } }, clock);
    await limiter.acquire("interactive", "core", neverAborted);
    clock.advance(1_000);
    await limiter.acquire("interactive", "core", neverAborted);
    const error = await limiter.acquire("interactive", "core", neverAborted).catch((e: unknown) => e);
    expect(error).toMatchObject({ name: "QuotaExhaustedError", retryAt: 62_000 });
    let hasAcquired = false;
    const pendingCall = limiter.acquire("webhook", "core", neverAborted).then(() => {
      hasAcquired = true;
    });
    await flush();
    expect([hasAcquired, clock.sleepers]).toEqual([false, 1]);
    clock.advance(61_000);
    await pendingCall;
    expect(hasAcquired).toBe(true);
  });

  it("lets an interactive call wait when the window only spaces requests", async () => {
    const clock = manualClock(0);
    const limiter = createRateLimiter({ export: { limit: 1, windowMs: 1_500, unreserved: true } }, clock);
    await limiter.acquire("interactive", "export", neverAborted);
    const second = limiter.acquire("interactive", "export", neverAborted);
    await flush();
    clock.advance(1_500);
    await second;
  });

  it("reserves nothing of an unreserved quota", async () => {
    const limiter = createRateLimiter({ export: { limit: 10, windowMs: 60_000, unreserved: true } }, manualClock(0));
    for (let i = 0; i < 10; i++) await limiter.acquire("backfill", "export", neverAborted);
    expect(limiter.left()).toEqual({ export: { limit: 10, remaining: 0, windowMs: 60_000, blockedUntil: null } });
  });

  it("uses no request for a call that was aborted while waiting", async () => {
    const clock = manualClock(0);
    const limiter = createRateLimiter({ core: { limit: 1, windowMs: 60_000 } }, clock);
    await limiter.acquire("sync", "core", neverAborted);
    const stop = new AbortController();
    const pendingCall = limiter.acquire("sync", "core", stop.signal);
    stop.abort(new Error("shutting down"));
    await expect(pendingCall).rejects.toThrow("shutting down");
    clock.advance(62_000);
    expect(limiter.left()["core"]?.remaining).toBe(1);
    await expect(limiter.acquire("interactive", "core", stop.signal)).rejects.toThrow("shutting down");
    await limiter.acquire("interactive", "core", neverAborted);
  });

  it("blocks all calls until the platform's reset time, and drops its report after a window", async () => {
    const clock = manualClock(0);
    const limiter = createRateLimiter({ core: { limit: 10, windowMs: 60_000 } }, clock);
    limiter.observe("core", { limit: 100, remaining: 0, resetAt: 30_000 });
    expect(limiter.left()).toEqual({ core: { limit: 10, remaining: 0, windowMs: 60_000, blockedUntil: 30_000 } });
    let acquiredCount = 0;
    for (const priority of priorities.slice(1)) void limiter.acquire(priority, "core", neverAborted).then(() => acquiredCount++);
    clock.advance(29_999);
    await flush();
    expect(acquiredCount).toBe(0);
    clock.advance(1);
    await flush();
    expect(acquiredCount).toBe(3);
    clock.advance(62_001);
    expect(limiter.left()).toEqual({ core: { limit: 10, remaining: 10, windowMs: 60_000, blockedUntil: null } });
  });

  it("counts each quota separately and rejects an unknown one", async () => {
    const quotas = { core: { limit: 1, windowMs: 60_000 }, export: { limit: 1, windowMs: 60_000 } };
    const limiter = createRateLimiter(quotas, manualClock(0));
    await limiter.acquire("interactive", "core", neverAborted);
    await limiter.acquire("interactive", "export", neverAborted);
    await expect(limiter.acquire("interactive", "other", neverAborted)).rejects.toThrow("There is no quota other.");
  });
});
