import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { singleFlight } from "./singleFlight.ts";

describe("a single flight", () => {
  it("runs the work once for all who ask while it is under way, and each key on its own", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 30 }), async (keys) => {
        const once = singleFlight<string>();
        let runs = 0;
        const land = Promise.withResolvers<void>();
        const asked = keys.map((key) =>
          once(key, async () => {
            runs += 1;
            await land.promise;
            return `${key}!`;
          }),
        );
        land.resolve();
        expect(await Promise.all(asked)).toEqual(keys.map((key) => `${key}!`));
        expect(runs).toBe(new Set(keys).size);
      }),
    );
  });

  it("runs anew once it has landed", async () => {
    const once = singleFlight<number>();
    let runs = 0;
    const work = async () => ++runs;
    expect([await once("a", work), await once("a", work)]).toEqual([1, 2]);
  });

  it("tells everybody of a failure, and keeps nothing of it", async () => {
    const once = singleFlight<string>();
    const fail = async () => Promise.reject(new Error("no"));
    const outcomes = await Promise.allSettled([once("a", fail), once("a", fail)]);
    expect(outcomes.map((o) => o.status)).toEqual(["rejected", "rejected"]);
    expect(await once("a", async () => "yes")).toBe("yes");
  });
});
