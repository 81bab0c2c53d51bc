import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CanarySettings, createCanaryRoutes, failureOf, noOutcome, positionOf } from "./canary.ts";

const settings: CanarySettings = { share: 0.1, team: null, minDeliveries: 5, maxFailureShare: 0.05, promotes: false };
const counts = (callback: number, failures: number) => ({ done: callback, failed: failures, open: 0, withheld: 0 });
const noRoutes = { routes: [], disabled: [], settings: {} as never, version: "v1" };

describe("the share of a canary", () => {
  it("takes about its share of the customers, and the same ones for a larger share", () => {
    const subjects = Array.from({ length: 10_000 }, (_, i) => `subject ${i}`);
    const takenSubjects = subjects.filter((subject) => positionOf("can_1", subject) < 0.1);
    expect(takenSubjects.length).toBeGreaterThan(850);
    expect(takenSubjects.length).toBeLessThan(1_150);
    // Another canary takes others.
    const otherSubjects = subjects.filter((subject) => positionOf("can_2", subject) < 0.1);
    expect(otherSubjects.filter((subject) => takenSubjects.includes(subject)).length).toBeLessThan(takenSubjects.length / 2);
  });

  it("decides the same for every event of a customer", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.double({ min: 0, max: 1, noNaN: true }), async (subject, share) => {
        const { takes } = createCanaryRoutes("can_1", { ...settings, share }, noRoutes);
        expect(await takes({ subject }, null as never)).toBe(await takes({ subject }, null as never));
        if (share === 0) expect(await takes({ subject }, null as never)).toBe(false);
        if (share === 1) expect(await takes({ subject }, null as never)).toBe(true);
      }),
    );
  });
});

describe("a canary is rolled back", () => {
  it.each([
    ["not before it has enough deliveries", counts(0, 4), counts(100, 0), false],
    ["when it fails more often than allowed", counts(4, 1), counts(100, 0), true],
    ["not when the active version fails as often: the platform is down", counts(0, 20), counts(0, 100), false],
    ["when it fails and the active version has had no delivery", counts(0, 5), counts(0, 0), true],
    ["not within the allowed share", counts(96, 4), counts(100, 0), false],
    ["not when the active version is worse", counts(9, 1), counts(50, 50), false],
  ])("%s", (_, canary, active, isRolledBack) => {
    expect(failureOf({ canary, active }, settings) !== null).toBe(isRolledBack);
  });

  it("with the shares in words", () => {
    expect(failureOf({ canary: counts(3, 7), active: counts(99, 1) }, settings)).toBe(
      "70 % of its 10 deliveries failed, of the active version 1 %. Allowed are 5 % more.",
    );
    expect(failureOf(noOutcome, settings)).toBeNull();
  });
});
