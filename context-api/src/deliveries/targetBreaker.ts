import type { Clock } from "@sidelight/model/clock.ts";
import type { Outcome } from "@sidelight/platform-kit/action.ts";
import { jittered } from "../resilience/jitter.ts";

/** Keeps from a target what would only fail: it is asked with a single delivery now and then, until it answers again. */
export interface Gate {
  /** Not before this is it asked again, epoch ms; 0 while it answers. */
  closedUntil(): number;
  /** True after failures: one delivery finds out for all. */
  isProbing(): boolean;
  /** @returns false when nothing but the target's own trouble came of it */
  note(outcomes: readonly Outcome[]): boolean;
  /** Somebody wants it tried now. */
  open(): void;
}

/** Pauses between probes, ms. Each is drawn from half of it to the whole. */
const pauses = [1_000, 2_000, 5_000, 10_000, 30_000, 60_000];

export function createGate(clock: Clock): Gate {
  let failures = 0;
  let until = 0;
  return {
    closedUntil: () => (until > clock.now() ? until : 0),
    isProbing: () => failures > 0,
    note(outcomes) {
      if (outcomes.length === 0) return true;
      if (!outcomes.every(isTrouble)) {
        [failures, until] = [0, 0];
        return true;
      }
      const pause = pauses[Math.min(failures, pauses.length - 1)]!;
      failures += 1;
      until = Math.max(clock.now() + jittered(pause), ...outcomes.map(retryAtOf));
      return false;
    },
    open() {
      until = 0;
    },
  };
}

/** Of the target, and not of what was sent. */
const isTrouble = (outcome: Outcome): boolean =>
  outcome.state === "failed" &&
  outcome.isRetryable &&
  ["unavailable", "rate_limited", "invalid_credentials"].includes(outcome.cause);

const retryAtOf = (outcome: Outcome): number => (outcome.state === "failed" ? (outcome.retryAt ?? 0) : 0);
