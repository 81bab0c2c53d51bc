import { manualClock } from "@sidelight/test-support/manualClock.ts";
import { expect, it } from "vitest";
import { createStepDetector } from "./clockStep.ts";

const hourMs = 3_600_000;

it("reports how far the clock was set back until the step is accepted", () => {
  const clock = manualClock(1_000_000_000);
  const steps = createStepDetector(clock);
  clock.advance(hourMs);
  expect(steps.stepBackMs()).toBe(0);
  clock.step(-hourMs);
  clock.advance(5_000);
  expect(steps.stepBackMs()).toBe(hourMs);
  expect(steps.stepBackMs()).toBe(hourMs);
  steps.accept();
  expect(steps.stepBackMs()).toBe(0);
});

it("reports neither a step forward nor a small correction, and a step back after them in full", () => {
  const clock = manualClock(1_000_000_000);
  const steps = createStepDetector(clock);
  clock.step(10 * hourMs);
  expect(steps.stepBackMs()).toBe(0);
  clock.step(-500);
  expect(steps.stepBackMs()).toBe(0);
  clock.step(-10 * hourMs);
  expect(steps.stepBackMs()).toBe(10 * hourMs);
});
