/** The lab's clock. Tests pass a fake one. */
export interface Clock {
  now(): number;
  /** May reject when the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", finish);
        resolve();
      };
      const timer = setTimeout(finish, ms).unref();
      signal?.addEventListener("abort", finish, { once: true });
    }),
};

/** Counts events in a sliding window. */
export interface Window {
  /** Counts an event and returns true, unless the window is full. */
  take(): boolean;
  used(): number;
  /** Milliseconds until the window has room for one more event. */
  wait(): number;
  clear(): void;
}

export function slidingWindow(clock: Clock, limit: number, ms: number, times: number[] = []): Window {
  const trim = (): void => {
    const oldest = clock.now() - ms;
    let drop = 0;
    while (drop < times.length && times[drop]! <= oldest) drop++;
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

/** Counts events in whole minutes, as Zendesk's headers do. */
export interface MinuteWindow {
  take(): boolean;
  readonly limit: number;
  remaining(): number;
  /** Whole seconds until the count restarts, at least 1. */
  resets(): number;
  clear(): void;
}

export function fixedWindow(clock: Clock, limit: number, ms = 60_000): MinuteWindow {
  let start = 0;
  let usedCount = 0;
  const roll = (): void => {
    if (clock.now() - start >= ms) {
      start = Math.floor(clock.now() / ms) * ms;
      usedCount = 0;
    }
  };
  return {
    limit,
    take() {
      roll();
      if (usedCount >= limit) return false;
      usedCount++;
      return true;
    },
    remaining() {
      roll();
      return limit - usedCount;
    },
    resets() {
      roll();
      return Math.max(1, Math.ceil((start + ms - clock.now()) / 1000));
    },
    clear() {
      usedCount = 0;
    },
  };
}
