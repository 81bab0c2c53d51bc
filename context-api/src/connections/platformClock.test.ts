import { manualClock } from "@sidelight/test-support/manualClock.ts";
import { expect, it } from "vitest";
import { createPlatformClock } from "./platformClock.ts";

const hourMs = 3_600_000;
const start = Date.UTC(2026, 10, 21, 9);

it.each([
  ["an hour ahead", hourMs],
  ["ten years ahead", 87_660 * hourMs],
])("with a clock %s, pulls continue from the platform's time", (_, lead) => {
  const clock = manualClock(start + lead);
  const platform = createPlatformClock(clock);
  expect(platform.now()).toBe(start + lead);
  platform.observe(start);
  clock.advance(90_000);
  expect([platform.now(), platform.leadMs()]).toEqual([start + 90_000, lead]);
});

it("a clock that is behind, or differs by seconds, is used as it is", () => {
  const clock = manualClock(start);
  const platform = createPlatformClock(clock);
  platform.observe(start + hourMs);
  expect([platform.now(), platform.leadMs()]).toEqual([start, -hourMs]);
  platform.observe(start - 4_000);
  expect([platform.now(), platform.leadMs()]).toEqual([start, 0]);
});

it("notices a step of this machine's clock before the next answer, and its end", () => {
  const clock = manualClock(start);
  const platform = createPlatformClock(clock);
  platform.observe(start);
  clock.step(hourMs);
  expect([platform.now(), platform.leadMs()]).toEqual([start, hourMs]);
  clock.step(-hourMs);
  expect([platform.now(), platform.leadMs()]).toEqual([start, 0]);
});

it("does not believe a date before 2020", () => {
  const clock = manualClock(start);
  const platform = createPlatformClock(clock);
  platform.observe(0);
  expect(platform.now()).toBe(start);
});
