import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { manualClock } from "../../../test/support/manualClock.ts";
import { BudgetExhausted, createBudget, type Lane } from "./budget.ts";

const never = new AbortController().signal;

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
});
