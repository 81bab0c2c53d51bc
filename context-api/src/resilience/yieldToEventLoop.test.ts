import { expect, it } from "vitest";
import { yieldToEventLoop } from "./yieldToEventLoop.ts";

/** Keeps the thread busy, as a read of the embedded store does. */
function work(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

it("lets one of many long loops continue in each turn of the event loop", async () => {
  const steps: string[] = [];
  let isDone = false;
  const loops = Array.from({ length: 5 }, async (_, loop) => {
    for (let step = 0; step < 4; step++) {
      await yieldToEventLoop();
      work(6);
      steps.push(`loop ${loop}`);
    }
  });
  const turns = (async () => {
    while (!isDone) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      steps.push("turn");
    }
  })();
  await Promise.all(loops);
  isDone = true;
  await turns;
  // The first steps had no work before them.
  const laterSteps = steps.slice(steps.indexOf("turn"));
  const stepsInARow = laterSteps
    .join(",")
    .split("turn")
    .map((part) => part.split(",").filter((step) => step.startsWith("loop")).length);
  expect(Math.max(...stepsInARow)).toBe(1);
  expect(steps.filter((step) => step === "turn").length).toBeGreaterThanOrEqual(10);
});
