import type { Clock } from "@sidelight/model/clock.ts";

interface DelayedFlush {
  clock: Pick<Clock, "sleep">;
  delayMs: number;
  hasPending(): boolean;
  /** Keeps what it could not store pending. */
  flush(): Promise<void>;
}

/** @returns a function that stores what is pending some time later, and again while something is left */
export function createDelayedFlush({ clock, delayMs, hasPending, flush }: DelayedFlush): () => void {
  let isScheduled = false;
  return function schedule() {
    if (isScheduled) return;
    isScheduled = true;
    void clock
      .sleep(delayMs, new AbortController().signal)
      .then(flush)
      .catch(() => {})
      .finally(() => {
        isScheduled = false;
        if (hasPending()) schedule();
      });
  };
}
