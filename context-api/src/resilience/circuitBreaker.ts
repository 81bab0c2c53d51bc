import type { Clock } from "@sidelight/model/clock.ts";
import { type Backoff, listedBackoff } from "@sidelight/platform-kit/backoff.ts";
import { ConsecutiveBreaker } from "cockatiel";

/** Closed: calls pass. Open: calls fail at once. Half-open: a probe decides whether it closes or opens again. */
export type CircuitState = "closed" | "open" | "half-open";

export interface CircuitBreaker {
  state(): CircuitState;
  /** When the circuit becomes half-open, epoch ms; null unless it is open. */
  openUntil(): number | null;
  /** Closes the circuit. */
  recordSuccess(): void;
  /** Counts a failure. @param retryAt the circuit stays open at least until then, epoch ms */
  recordFailure(retryAt?: number | null): void;
  /** Allows a probe now. */
  halfOpen(): void;
}

export interface CircuitBreakerOptions {
  /** Consecutive failures that open a closed circuit. A half-open circuit opens on the first failure. */
  failureThreshold?: number;
  /** How long the circuit stays open, each time it opens in a row. */
  backoff?: Backoff;
}

const defaultThreshold = 5;
const defaultOpenMs = 60_000;

/**
 * A circuit breaker. It counts with cockatiel but keeps its own state: cockatiel's breaker reads `Date.now`, wraps the call itself,
 * and cannot stay open until a time that the platform reports.
 */
export function createCircuitBreaker(
  clock: Pick<Clock, "now">,
  { failureThreshold = defaultThreshold, backoff = listedBackoff([defaultOpenMs], (ms) => ms) }: CircuitBreakerOptions = {},
): CircuitBreaker {
  const counter = new ConsecutiveBreaker(failureThreshold);
  let openUntil: number | null = null;

  const state = (): CircuitState => {
    if (openUntil === null) return "closed";
    return openUntil > clock.now() ? "open" : "half-open";
  };

  return {
    state,
    openUntil: () => (state() === "open" ? openUntil : null),
    recordSuccess() {
      counter.success();
      backoff.reset();
      openUntil = null;
    },
    recordFailure(retryAt = null) {
      const opens = counter.failure() || openUntil !== null;
      if (opens) openUntil = Math.max(clock.now() + backoff.next(), retryAt ?? 0);
    },
    halfOpen() {
      if (openUntil !== null) openUntil = clock.now();
    },
  };
}
