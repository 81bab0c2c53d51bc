import { BudgetExhausted, type Lane, lanes } from "@sidelight/platform-kit/rateLimit.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { manualClock } from "../../../test/support/manualClock.ts";
import { createBudget } from "./rateLimiter.ts";

const never = new AbortController().signal;
const settled = () => new Promise(setImmediate);

describe("a budget", () => {
  it("never admits more than its limit in any window, whoever asks and whenever", async () => {
    const step = fc.record({
      lane: fc.constantFrom<Lane>("interactive", "sync", "backfill"),
      wait: fc.integer({ min: 0, max: 400 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 8 }), fc.array(step, { maxLength: 60 }), async (limit, steps) => {
        const clock = manualClock(1_000_000);
        const budget = createBudget({ core: { limit, windowMs: 10_000 } }, clock);
        const admitted: number[] = [];
        const stop = new AbortController();
        for (const { lane, wait } of steps) {
          budget.admit(lane, "core", stop.signal).then(
            () => admitted.push(clock.now()),
            () => {},
          );
          await new Promise(setImmediate);
          clock.advance(wait);
          await new Promise(setImmediate);
        }
        stop.abort();
        for (const at of admitted) expect(admitted.filter((t) => t > at - 10_000 && t <= at).length).toBeLessThanOrEqual(limit);
      }),
      { numRuns: 40 },
    );
  });

  it("keeps a share for those before: a backfill can't use up what readers need", async () => {
    const budget = createBudget({ core: { limit: 10, windowMs: 60_000 } }, manualClock(0));
    let filled = 0;
    for (let i = 0; i < 20; i++) void budget.admit("backfill", "core", never).then(() => filled++);
    await new Promise(setImmediate);
    expect(filled).toBe(7);
    for (let i = 0; i < 3; i++) await budget.admit("interactive", "core", never);
    await expect(budget.admit("interactive", "core", never)).rejects.toThrow(BudgetExhausted);
  });

  it("believes the platform when it says that nothing is left", async () => {
    const clock = manualClock(0);
    const budget = createBudget({ core: { limit: 10, windowMs: 60_000 } }, clock);
    budget.observe("core", { limit: 10, remaining: 0, resetAt: 30_000 });
    const refused = await budget.admit("interactive", "core", never).catch((e: unknown) => e);
    expect(refused).toMatchObject({ retryAt: 30_000 });
    clock.advance(30_001);
    await budget.admit("interactive", "core", never);
  });

  it("lets no lane use up what is kept for those before it, and lets everybody through who can wait", async () => {
    const shares: Record<Lane, number> = { interactive: 1, webhook: 0.9, sync: 0.8, backfill: 0.7 };
    const step = fc.record({ lane: fc.constantFrom(...lanes), wait: fc.integer({ min: 0, max: 1_500 }) });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 12 }), fc.array(step, { maxLength: 40 }), async (limit, steps) => {
        const clock = manualClock(0);
        const budget = createBudget({ core: { limit, windowMs: 10_000 } }, clock);
        const admitted: { lane: Lane; at: number; used: number }[] = [];
        let refused = 0;
        for (const { lane, wait } of steps) {
          budget.admit(lane, "core", never).then(
            () => {
              const used = admitted.filter((a) => a.at > clock.now() - 10_000).length;
              admitted.push({ lane, at: clock.now(), used });
            },
            (error: BudgetExhausted) => {
              expect([lane, error.retryAt > clock.now()]).toEqual(["interactive", true]);
              refused += 1;
            },
          );
          await settled();
          clock.advance(wait);
          await settled();
        }
        for (let i = 0; clock.sleepers > 0 && i < 100; i++) {
          clock.advance(10_000);
          await settled();
        }
        expect(admitted.length + refused).toBe(steps.length);
        for (const { lane, used } of admitted) expect(used).toBeLessThan(Math.max(1, Math.floor(limit * shares[lane])));
      }),
      { numRuns: 60 },
    );
  });

  it("refuses a reader at once and says when; the others wait for their place", async () => {
    const clock = manualClock(0);
    const budget = createBudget({ core: { limit: 2, windowMs: 60_000 } }, clock);
    await budget.admit("interactive", "core", never);
    clock.advance(1_000);
    await budget.admit("interactive", "core", never);
    const told = await budget.admit("interactive", "core", never).catch((e: unknown) => e);
    expect(told).toMatchObject({ name: "BudgetExhausted", retryAt: 60_000 });
    let pulled = false;
    const waiting = budget.admit("webhook", "core", never).then(() => {
      pulled = true;
    });
    await settled();
    expect([pulled, clock.sleepers]).toEqual([false, 1]);
    // A webhook may use one place of two, and both are taken until a minute after the second.
    clock.advance(59_000);
    await budget.admit("interactive", "core", never);
    expect(pulled).toBe(false);
    clock.advance(60_000);
    await waiting;
  });

  it("lets even a reader wait where a window only spaces the requests", async () => {
    const clock = manualClock(0);
    const budget = createBudget({ export: { limit: 1, windowMs: 1_500, unreserved: true } }, clock);
    await budget.admit("interactive", "export", never);
    const second = budget.admit("interactive", "export", never);
    await settled();
    clock.advance(1_500);
    await second;
  });

  it("keeps nothing back of a pool that no reader draws on", async () => {
    const budget = createBudget({ export: { limit: 10, windowMs: 60_000, unreserved: true } }, manualClock(0));
    for (let i = 0; i < 10; i++) await budget.admit("backfill", "export", never);
    expect(budget.left()).toEqual({ export: { limit: 10, remaining: 0, windowMs: 60_000 } });
  });

  it("gives no place to whoever has stopped waiting", async () => {
    const clock = manualClock(0);
    const budget = createBudget({ core: { limit: 1, windowMs: 60_000 } }, clock);
    await budget.admit("sync", "core", never);
    const stop = new AbortController();
    const waiting = budget.admit("sync", "core", stop.signal);
    stop.abort(new Error("shutting down"));
    await expect(waiting).rejects.toThrow("shutting down");
    clock.advance(60_000);
    expect(budget.left()["core"]?.remaining).toBe(1);
    await expect(budget.admit("interactive", "core", stop.signal)).rejects.toThrow("shutting down");
    await budget.admit("interactive", "core", never);
  });

  it("holds everybody back until the instant that the platform named, and forgets what it said after a window", async () => {
    const clock = manualClock(0);
    const budget = createBudget({ core: { limit: 10, windowMs: 60_000 } }, clock);
    budget.observe("core", { limit: 100, remaining: 0, resetAt: 30_000 });
    expect(budget.left()).toEqual({ core: { limit: 10, remaining: 0, windowMs: 60_000 } });
    let admitted = 0;
    for (const lane of lanes.slice(1)) void budget.admit(lane, "core", never).then(() => admitted++);
    clock.advance(29_999);
    await settled();
    expect(admitted).toBe(0);
    clock.advance(1);
    await settled();
    expect(admitted).toBe(3);
    clock.advance(60_001);
    expect(budget.left()).toEqual({ core: { limit: 10, remaining: 10, windowMs: 60_000 } });
  });

  it("counts each pool for itself, and knows no other", async () => {
    const pools = { core: { limit: 1, windowMs: 60_000 }, export: { limit: 1, windowMs: 60_000 } };
    const budget = createBudget(pools, manualClock(0));
    await budget.admit("interactive", "core", never);
    await budget.admit("interactive", "export", never);
    await expect(budget.admit("interactive", "other", never)).rejects.toThrow("no budget pool other");
  });
});
