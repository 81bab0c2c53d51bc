import { describe, expect, it } from "vitest";
import { scaledClock } from "./scaledClock.ts";

const signal = new AbortController().signal;
const newClock = () => scaledClock({ startedAt: Date.now(), epoch: 1_000_000, factor: 1_000 });

describe("a scaled clock", () => {
  it("has passed the whole time when a sleep ends", async () => {
    const clock = newClock();
    const [now, monotonic] = [clock.now(), clock.monotonic()];
    await clock.sleep(20_000, signal);
    expect(clock.now() - now).toBeGreaterThanOrEqual(20_000);
    expect(clock.monotonic() - monotonic).toBeGreaterThanOrEqual(20_000);
  });

  it("ends sleeps that skipped time has passed", async () => {
    const clock = newClock();
    const now = clock.now();
    const sleep = clock.sleep(3_600_000_000, signal);
    clock.skip(3_600_000_000);
    await sleep;
    expect(clock.now() - now).toBeGreaterThanOrEqual(3_600_000_000);
  });

  it("steps the time of day, and not the monotonic clock", () => {
    const clock = newClock();
    const monotonic = clock.monotonic();
    clock.step(-900_000_000);
    expect(clock.now()).toBeLessThan(1_000_000);
    expect(clock.monotonic()).toBeGreaterThanOrEqual(monotonic);
  });
});
