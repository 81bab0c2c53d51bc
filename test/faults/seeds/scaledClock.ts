import type { Clock } from "@sidelight/model/clock.ts";

/** Where the time of a run starts. All its processes share it. */
export interface TimeBase {
  /** Epoch ms of the system at the start. */
  startedAt: number;
  /** The clock shows this instant at the start, epoch ms. */
  epoch: number;
  /** Ms on the clock for one ms of the system. */
  factor: number;
}

/** A clock that runs faster than the system's, so that minutes of backoff, leases and intervals pass in seconds. */
export interface ScaledClock extends Clock {
  /** Skips time on every clock of the run: sleeps end earlier. */
  skip(ms: number): void;
  /** Steps the time of day, as an operator or NTP does. The monotonic clock does not change. */
  step(ms: number): void;
}

interface Sleeper {
  end: number;
  finish(): void;
  timer?: NodeJS.Timeout;
}

export function scaledClock({ startedAt, epoch, factor }: TimeBase): ScaledClock {
  let skippedMs = 0;
  let stepMs = 0;
  const sleepers = new Set<Sleeper>();
  const elapsed = (): number => (performance.timeOrigin + performance.now() - startedAt) * factor + skippedMs;
  /** A timer may be early by a part of a ms, which is a long time on this clock. */
  const arm = (sleeper: Sleeper): void => {
    const restMs = sleeper.end - elapsed();
    clearTimeout(sleeper.timer);
    if (restMs <= 0) sleeper.finish();
    else sleeper.timer = setTimeout(arm, Math.min(Math.ceil(restMs / factor), 2 ** 31 - 1), sleeper);
  };

  return {
    now: () => Math.floor(epoch + elapsed() + stepMs),
    monotonic: elapsed,
    async sleep(ms, signal) {
      signal.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      // Whole ms of `now`, too, have passed then.
      const sleeper: Sleeper = { end: elapsed() + ms + 1, finish: resolve };
      sleepers.add(sleeper);
      arm(sleeper);
      const abort = (): void => reject(signal.reason);
      signal.addEventListener("abort", abort, { once: true });
      try {
        await promise;
      } finally {
        clearTimeout(sleeper.timer);
        sleepers.delete(sleeper);
        signal.removeEventListener("abort", abort);
      }
    },
    skip(ms) {
      skippedMs += ms;
      for (const sleeper of sleepers) arm(sleeper);
    },
    step(ms) {
      stepMs += ms;
    },
  };
}
