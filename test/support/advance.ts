import type { ManualClock } from "./manualClock.ts";
import { scaled } from "./timeScale.ts";

const limitMs = 60_000;
/** Turns of the event loop without work before the clock may move. */
const quietTurns = 2;
/** Work that takes longer may itself wait for the clock, so the clock moves on. */
const maxIdleWaitMs = 500;

/**
 * Advances a manual clock until work settles. Each step waits until the process has nothing to do except wait for the clock, so
 * that a deadline on the clock does not pass because the machine is slow.
 * @returns the value, and the elapsed time on the clock
 */
export async function advanceUntilSettled<T>(
  clock: ManualClock,
  work: Promise<T>,
  stepMs = 5,
): Promise<{ value: T; ms: number }> {
  const start = clock.now();
  let isSettled = false;
  const settle = (): void => {
    isSettled = true;
  };
  work.then(settle, settle);
  while (!isSettled) {
    await idle(clock, () => isSettled);
    if (!isSettled) clock.advance(stepMs);
  }
  return { value: await work, ms: clock.now() - start };
}

/**
 * Advances a manual clock in steps until a condition holds.
 * @throws after a minute of the processor's time, with the label and the elapsed time on the clock. Other work of the machine does
 * not count.
 */
export async function advanceUntil(
  clock: ManualClock,
  stepMs: number,
  label: string,
  isTrue: () => boolean | Promise<boolean>,
): Promise<void> {
  const [start, startUsage] = [clock.now(), process.cpuUsage()];
  let isIdle = false;
  do {
    const { user, system } = process.cpuUsage(startUsage);
    const usedMs = (user + system) / 1_000;
    if (usedMs > scaled(limitMs))
      throw new Error(`waited ${Math.round(usedMs)} ms (${clock.now() - start} ms on the clock) for: ${label}`);
    const { wakeUps } = clock;
    clock.advance(stepMs);
    // An idle process has nothing to do before a sleeper ends or the condition starts something.
    if (isIdle) await new Promise((resolve) => setImmediate(resolve));
    if (!isIdle || clock.wakeUps > wakeUps || clock.isBusy()) isIdle = await idle(clock);
  } while (!(await isTrue()));
}

/** Attempts to see an idle process, each of at least half a second. */
const idleAttempts = 20;

/** Advances a manual clock in steps, and then waits until the process has nothing more to do, so that the last step is complete. */
export async function advanceBy(clock: ManualClock, stepMs: number, ms: number): Promise<void> {
  const end = clock.now() + ms;
  await advanceUntil(clock, stepMs, `${ms} ms on the clock`, () => clock.now() >= end);
  for (let attempt = 1; attempt <= idleAttempts; attempt++) if (await idle(clock)) return;
}

/**
 * Resolves when the process waits for nothing except the clock, or when `isDone` is true.
 * @returns false when the process was still busy after a while
 */
export async function idle(clock: ManualClock, isDone = (): boolean => false): Promise<boolean> {
  const deadline = performance.now() + scaled(maxIdleWaitMs);
  for (let turns = 0; turns < quietTurns && !isDone(); turns++) {
    const utilization = performance.eventLoopUtilization();
    for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setTimeout(resolve, 1));
    const isBusy = clock.isBusy() || performance.eventLoopUtilization(utilization).utilization > 0.5;
    if (!isBusy) continue;
    if (performance.now() >= deadline) return false;
    turns = -1;
  }
  return true;
}

/** A busy machine may delay a tick. The clock then falls behind real time instead of jumping past a deadline. */
const maxTickMs = 20;

/** Lets a manual clock follow real time, for tests with a browser. @returns a function that stops it */
export function followRealTime(clock: ManualClock): () => void {
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    clock.advance(Math.min(maxTickMs, Math.floor(now - last)));
    last = now;
  }, 5);
  return () => clearInterval(timer);
}
