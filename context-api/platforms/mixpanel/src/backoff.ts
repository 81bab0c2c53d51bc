/** "Start with a 2-second backoff, double it up to a maximum of 60 seconds, and add 1–5 seconds of jitter." */
const firstMs = 2_000;
const mostMs = 60_000;

export interface Backoff {
  /** When to try again, epoch ms: later each time. */
  next(): number;
  /** It works again. */
  reset(): void;
}

export function createBackoff(now: () => number, random: () => number = Math.random): Backoff {
  let wait = firstMs;
  return {
    next() {
      const at = now() + wait + 1_000 + Math.round(random() * 4_000);
      wait = Math.min(mostMs, wait * 2);
      return at;
    },
    reset() {
      wait = firstMs;
    },
  };
}
