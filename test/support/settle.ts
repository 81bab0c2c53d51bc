import type { ManualClock } from "./manualClock.ts";

/** Lets time pass until the work is done. @returns what it gave, and how long it took by the clock */
export async function passing<T>(clock: ManualClock, work: Promise<T>, stepMs = 5): Promise<{ value: T; ms: number }> {
  const start = clock.now();
  let isDone = false;
  const watched = work.finally(() => {
    isDone = true;
  });
  watched.catch(() => {});
  // A few turns of real input and output for each step, so that whatever can answer in time does.
  while (!isDone) {
    await new Promise((resolve) => setTimeout(resolve, 4));
    if (!isDone) clock.advance(stepMs);
  }
  return { value: await watched, ms: clock.now() - start };
}
