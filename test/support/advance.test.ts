import { describe, expect, it } from "vitest";
import { advanceBy, advanceUntil, advanceUntilSettled } from "./advance.ts";
import { manualClock } from "./manualClock.ts";

describe("advanceUntilSettled", () => {
  it("advances the clock until the work has slept to its end, and returns the elapsed time on the clock", async () => {
    const clock = manualClock(1_000);
    const work = async () => {
      await clock.sleep(12);
      return "done";
    };
    expect(await advanceUntilSettled(clock, work(), 5)).toEqual({ value: "done", ms: 15 });
  });

  it("does not advance the clock while work is in progress", async () => {
    const clock = manualClock(0);
    const { promise, resolve } = Promise.withResolvers<void>();
    let checks = 0;
    clock.addBusyCheck(() => {
      if (++checks === 20) resolve();
      return checks < 20;
    });
    expect(await advanceUntilSettled(clock, promise)).toEqual({ value: undefined, ms: 0 });
  });

  it("advances the clock when work stays in progress, because it may wait for the clock", async () => {
    const clock = manualClock(0);
    clock.addBusyCheck(() => true);
    expect(await advanceUntilSettled(clock, clock.sleep(1))).toEqual({ value: undefined, ms: 5 });
  });

  it("throws the error of the work", async () => {
    await expect(advanceUntilSettled(manualClock(0), Promise.reject(new Error("failed")))).rejects.toThrow("failed");
  });
});

describe("advanceUntil", () => {
  it("advances the clock by whole steps until the condition holds", async () => {
    const clock = manualClock(0);
    await advanceUntil(clock, 10, "half a minute", () => clock.now() >= 35);
    expect(clock.now()).toBe(40);
  });
});

describe("advanceBy", () => {
  it("advances the clock by the time, and waits for the work of the last step", async () => {
    const clock = manualClock(0);
    let isDone = false;
    clock.addBusyCheck(() => clock.now() >= 30 && !isDone);
    const work = clock.sleep(30).then(async () => {
      for (let i = 0; i < 50; i++) await new Promise((resolve) => setTimeout(resolve, 1));
      isDone = true;
    });
    await advanceBy(clock, 10, 30);
    expect([clock.now(), isDone]).toEqual([30, true]);
    await work;
  });
});
