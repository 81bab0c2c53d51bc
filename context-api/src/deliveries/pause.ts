import type { Clock } from "@sidelight/model/clock.ts";
import type { Outcome } from "@sidelight/platform-kit/action.ts";
import { listedBackoff } from "@sidelight/platform-kit/backoff.ts";
import { boundedInstant } from "@sidelight/platform-kit/bounds.ts";

/** Delays after batches that failed as a whole, ms. Jitter reduces each by up to half. */
const delaysMs = [1_000, 2_000, 5_000, 10_000, 30_000, 60_000];

/** Spaces the attempts of one action at a failing target. Its circuit breaker, which is shared, opens later. */
export interface Pause {
  /** Epoch ms; null when the next batch may be sent. */
  endsAt(): number | null;
  /** @returns false when every outcome is a failure of the target */
  record(outcomes: readonly Outcome[]): boolean;
  end(): void;
}

export function createPause(clock: Pick<Clock, "now" | "monotonic">): Pause {
  const backoff = listedBackoff(delaysMs);
  /** On the monotonic clock: a step of the system's time must not prolong it. */
  let end = Number.NEGATIVE_INFINITY;
  return {
    endsAt: () => (end > clock.monotonic() ? clock.now() + end - clock.monotonic() : null),
    record(outcomes) {
      if (outcomes.length === 0 || !outcomes.every(isTargetFailure)) {
        backoff.reset();
        return true;
      }
      const now = clock.now();
      const reportedDelayMs = (boundedInstant(Math.max(...outcomes.map(retryAtOf)), now) ?? now) - now;
      end = clock.monotonic() + Math.max(backoff.next(), reportedDelayMs);
      return false;
    },
    end() {
      end = Number.NEGATIVE_INFINITY;
    },
  };
}

/** A failure of the target, not of the delivery. */
const isTargetFailure = (outcome: Outcome): boolean =>
  outcome.state === "failed" &&
  outcome.isRetryable &&
  ["unavailable", "rate_limited", "invalid_credentials"].includes(outcome.cause);

const retryAtOf = (outcome: Outcome): number => (outcome.state === "failed" ? (outcome.retryAt ?? 0) : 0);
