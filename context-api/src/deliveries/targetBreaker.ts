import type { Clock } from "@sidelight/model/clock.ts";
import type { Outcome } from "@sidelight/platform-kit/action.ts";
import { listedBackoff } from "@sidelight/platform-kit/backoff.ts";
import { type CircuitBreaker, createCircuitBreaker } from "../resilience/circuitBreaker.ts";

/** Delays between probes of a failing target, ms. Jitter reduces each by up to half. */
const probeDelaysMs = [1_000, 2_000, 5_000, 10_000, 30_000, 60_000];

/** The circuit breaker of one target and action. It opens at the first failure, because an action sends batches. */
export const createTargetBreaker = (clock: Clock): CircuitBreaker =>
  createCircuitBreaker(clock, { failureThreshold: 1, backoff: listedBackoff(probeDelaysMs) });

/** Records the outcomes of one batch. @returns false when every outcome is a failure of the target */
export function recordOutcomes(breaker: CircuitBreaker, outcomes: readonly Outcome[]): boolean {
  if (outcomes.length === 0) return true;
  if (!outcomes.every(isTargetFailure)) {
    breaker.recordSuccess();
    return true;
  }
  breaker.recordFailure(Math.max(...outcomes.map(retryAtOf)));
  return false;
}

/** A failure of the target, not of the delivery. */
const isTargetFailure = (outcome: Outcome): boolean =>
  outcome.state === "failed" &&
  outcome.isRetryable &&
  ["unavailable", "rate_limited", "invalid_credentials"].includes(outcome.cause);

const retryAtOf = (outcome: Outcome): number => (outcome.state === "failed" ? (outcome.retryAt ?? 0) : 0);
