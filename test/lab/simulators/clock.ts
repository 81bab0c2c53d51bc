/** The lab's time; tests put a fake in its place. */
export interface Clock {
  now(): number;
  /** May reject when the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms).unref();
      signal?.addEventListener("abort", done, { once: true });
    }),
};

/** Counts events in a sliding window. */
export interface Window {
  /** Takes one if there is room. */
  take(): boolean;
  used(): number;
  /** Milliseconds until one more fits. */
  wait(): number;
  clear(): void;
}

export function slidingWindow(clock: Clock, limit: number, ms: number, times: number[] = []): Window {
  const trim = (): void => {
    const cut = clock.now() - ms;
    let drop = 0;
    while (drop < times.length && times[drop]! <= cut) drop++;
    if (drop > 0) times.splice(0, drop);
  };
  return {
    take() {
      trim();
      if (times.length >= limit) return false;
      times.push(clock.now());
      return true;
    },
    used() {
      trim();
      return times.length;
    },
    wait() {
      trim();
      return times.length < limit ? 0 : Math.max(1, times[0]! + ms - clock.now());
    },
    clear() {
      times.length = 0;
    },
  };
}

/** Counts in whole minutes, the way Zendesk's headers speak of it. */
export interface MinuteWindow {
  take(): boolean;
  readonly limit: number;
  remaining(): number;
  /** Whole seconds until the count starts again, at least 1. */
  resets(): number;
  clear(): void;
}

export function fixedWindow(clock: Clock, limit: number, ms = 60_000): MinuteWindow {
  let start = 0;
  let used = 0;
  const roll = (): void => {
    if (clock.now() - start >= ms) {
      start = Math.floor(clock.now() / ms) * ms;
      used = 0;
    }
  };
  return {
    limit,
    take() {
      roll();
      if (used >= limit) return false;
      used++;
      return true;
    },
    remaining() {
      roll();
      return limit - used;
    },
    resets() {
      roll();
      return Math.max(1, Math.ceil((start + ms - clock.now()) / 1000));
    },
    clear() {
      used = 0;
    },
  };
}
