import type { Clock } from "./clock.ts";

/** Counts requests that a simulator is working on. Requests that wait for the clock do not count. */
export interface Activity {
  /** The clock for simulators. */
  clock: Clock;
  isBusy(): boolean;
  track<T>(work: () => Promise<T>): Promise<T>;
}

export function createActivity(clock: Clock): Activity {
  let active = 0;
  return {
    clock: {
      now: clock.now,
      async sleep(ms, signal) {
        active--;
        try {
          await clock.sleep(ms, signal);
        } finally {
          active++;
        }
      },
    },
    isBusy: () => active > 0,
    async track(work) {
      active++;
      try {
        return await work();
      } finally {
        active--;
      }
    },
  };
}
