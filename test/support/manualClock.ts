import type { Clock } from "@sidelight/model/clock.ts";

/** A clock that moves only on request. Sleepers wait for it. */
export interface ManualClock extends Clock {
  /** For the simulators, whose sleep takes no signal. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  advance(ms: number): void;
  /** Sets the wall clock forward or back, as an operator or NTP does. No time passes. */
  step(ms: number): void;
  /** Adds a check for work that must end before the clock may move. */
  addBusyCheck(isBusy: () => boolean): void;
  isBusy(): boolean;
  /** Number of current sleepers. */
  readonly sleepers: number;
  /** How many sleepers have ended so far because their time came. */
  readonly wakeUps: number;
}

interface Sleeper {
  at: number;
  wake(): void;
}

export function manualClock(start: number): ManualClock {
  let now = start;
  let elapsedMs = 0;
  let sleepers: Sleeper[] = [];
  let wakeUps = 0;
  const busyChecks: (() => boolean)[] = [];
  return {
    now: () => now,
    monotonic: () => elapsedMs,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        const sleeper = { at: elapsedMs + Math.max(0, ms), wake: resolve };
        sleepers.push(sleeper);
        signal?.addEventListener(
          "abort",
          () => {
            sleepers = sleepers.filter((candidate) => candidate !== sleeper);
            reject(signal.reason);
          },
          { once: true },
        );
      }),
    advance(ms) {
      now += ms;
      elapsedMs += ms;
      const dueSleepers = sleepers.filter(({ at }) => at <= elapsedMs).sort((a, b) => a.at - b.at);
      sleepers = sleepers.filter(({ at }) => at > elapsedMs);
      wakeUps += dueSleepers.length;
      for (const { wake } of dueSleepers) wake();
    },
    step(ms) {
      now += ms;
    },
    addBusyCheck: (isBusy) => void busyChecks.push(isBusy),
    isBusy: () => busyChecks.some((isBusy) => isBusy()),
    get sleepers() {
      return sleepers.length;
    },
    get wakeUps() {
      return wakeUps;
    },
  };
}
