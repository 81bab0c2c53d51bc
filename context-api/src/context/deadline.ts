import type { Clock } from "@sidelight/model/clock.ts";

/** Part of the deadline that is kept for composing the answer. */
const composeMs = 40;
/** Timers of a busy process run late. More than this is not allowed for: the platforms need the time. */
const maxDelayMs = 150;
const maxDelayShare = 0.2;

/** When an answer stops waiting for fetches, by the monotonic clock. */
export function fetchDeadline({
  now,
  deadlineMs,
  eventLoopDelayMs,
}: {
  now: number;
  /** Time to answer in. */
  deadlineMs: number;
  eventLoopDelayMs: number;
}): number {
  const delayMs = Math.min(eventLoopDelayMs, maxDelayMs, deadlineMs * maxDelayShare);
  return now + Math.max(0, deadlineMs - composeMs - delayMs);
}

export const timedOut = Symbol("timedOut");
/** A reason of its own is cheaper than the error that an abort creates otherwise. */
const settled = Symbol("settled");

/** The result of work, or `timedOut` at the deadline (by the monotonic clock). The work goes on, for the next reader. */
export async function withDeadline<T>(work: Promise<T>, clock: Clock, deadline: number): Promise<T | typeof timedOut> {
  work.catch(() => {});
  const cancelTimeout = new AbortController();
  const timeout = clock
    .sleep(Math.max(0, deadline - clock.monotonic()), cancelTimeout.signal)
    .then((): typeof timedOut => timedOut);
  timeout.catch(() => {});
  try {
    return await Promise.race([work, timeout]);
  } finally {
    cancelTimeout.abort(settled);
  }
}
