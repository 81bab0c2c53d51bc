import { ExponentialBackoff, type IBackoffFactory, IterableBackoff, noJitterGenerator } from "cockatiel";

/** Delays between consecutive attempts. */
export interface Backoff {
  /** The delay before the next attempt, ms. */
  next(): number;
  /** Starts again with the first delay, after a success. */
  reset(): void;
}

/** Changes a delay at random, so that clients waiting for the same event do not retry at the same time. */
export type Jitter = (ms: number) => number;

/** A random delay between half of `ms` and `ms`. */
export const halfJitter: Jitter = (ms) => ms / 2 + (Math.random() * ms) / 2;

/** Doubles the delay from `initialMs` up to `maxMs`. */
export function exponentialBackoff(initialMs: number, maxMs: number, jitter: Jitter = halfJitter): Backoff {
  // cockatiel's own jitter uses Math.random inside, which a test cannot control.
  return backoffFrom(new ExponentialBackoff({ generator: noJitterGenerator, initialDelay: initialMs, maxDelay: maxMs }), jitter);
}

/** Uses the delays of a list in order, and the last one from then on. */
export const listedBackoff = (delaysMs: readonly number[], jitter: Jitter = halfJitter): Backoff =>
  backoffFrom(new IterableBackoff(delaysMs), jitter);

function backoffFrom(first: IBackoffFactory<unknown>, jitter: Jitter): Backoff {
  let factory = first;
  return {
    next() {
      const backoff = factory.next(undefined);
      factory = backoff;
      return jitter(backoff.duration);
    },
    reset() {
      factory = first;
    },
  };
}
