import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { singleFlight } from "./singleFlight.ts";

describe("singleFlight", () => {
  it("runs the work once per key for concurrent calls", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 30 }), async (keys) => {
        const runOnce = singleFlight<string>();
        let runs = 0;
        const finish = Promise.withResolvers<void>();
        const results = keys.map((key) =>
          runOnce(key, async () => {
            runs += 1;
            await finish.promise;
            return `${key}!`;
          }),
        );
        finish.resolve();
        expect(await Promise.all(results)).toEqual(keys.map((key) => `${key}!`));
        expect(runs).toBe(new Set(keys).size);
      }),
    );
  });

  it("runs the work again after the previous run has ended", async () => {
    const runOnce = singleFlight<number>();
    let runs = 0;
    const work = async () => ++runs;
    expect([await runOnce("a", work), await runOnce("a", work)]).toEqual([1, 2]);
  });

  it("rejects all concurrent calls on failure and runs the work again afterwards", async () => {
    const runOnce = singleFlight<string>();
    const fail = async () => Promise.reject(new Error("no"));
    const outcomes = await Promise.allSettled([runOnce("a", fail), runOnce("a", fail)]);
    expect(outcomes.map((o) => o.status)).toEqual(["rejected", "rejected"]);
    expect(await runOnce("a", async () => "yes")).toBe("yes");
  });
});
