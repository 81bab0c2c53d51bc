import type { Clock } from "@sidelight/model/clock.ts";
import { boundedInstant } from "@sidelight/platform-kit/bounds.ts";
import { ConsecutiveBreaker } from "cockatiel";

/** Closed: calls pass. Open: calls fail at once. Half-open: one probe decides whether it closes or opens again. */
export type CircuitState = "closed" | "open" | "half-open";

export interface CircuitBreaker {
  state(): CircuitState;
  /** When the circuit becomes half-open, epoch ms; null unless it is open. */
  openUntil(): number | null;
  /** When the circuit opened, epoch ms; null while it is closed. */
  openSince(): number | null;
  /** When the circuit became half-open, epoch ms; null unless it is. */
  halfOpenSince(): number | null;
  /** Failures since the last success. */
  failures(): number;
  /**
   * Takes the permission for one call: always while the circuit is closed, never while it is open, and for one probe while it is
   * half-open. The result of the call must be recorded, or its permission returned.
   */
  acquire(): boolean;
  /** Closes the circuit. */
  recordSuccess(): void;
  /** Counts a failure. @param retryAt the circuit stays open at least until then, an hour at most; epoch ms */
  recordFailure(retryAt?: number | null): void;
  /** Opens the circuit, however few failures were counted: for a failure that the next call would repeat. */
  trip(): void;
  /** Returns the permission of a call that neither succeeded nor failed. */
  recordNothing(): void;
  /** Allows a probe now. */
  halfOpen(): void;
  /** Makes the circuit half-open, as it was in a run before this one. @param since when it opened, epoch ms */
  resume(since: number, failures: number): void;
  /** What another process needs to continue with this circuit; null while it is closed. */
  opening(): Opening | null;
  /** Continues with the circuit of another process. */
  adopt(opening: Opening | null): void;
}

/** An open or half-open circuit. */
export interface Opening {
  /** Until it becomes half-open, ms; not positive when it is. */
  remainingMs: number;
  /** When it opened, epoch ms. */
  since: number;
  failures: number;
  failedProbes: number;
}

export interface CircuitBreakerOptions {
  /** Consecutive failures that open a closed circuit. A half-open circuit opens on the first failure. */
  failureThreshold?: number;
  /** How long the circuit stays open, ms. */
  openMs?: number;
}

export const defaultFailureThreshold = 5;
export const defaultOpenMs = 60_000;
const maxOpenMs = 3_600_000;

/** After this many failed probes in a row an outage is a long one. */
const frequentProbes = 10;
/** Probes of a long outage are rarer, so that they do not use up an hourly quota. */
const longOutageFactor = 5;

/**
 * A circuit breaker. It counts with cockatiel but keeps its own state: cockatiel's breaker reads `Date.now`, wraps the call itself,
 * and cannot stay open until a time that the platform reports.
 */
export function createCircuitBreaker(
  clock: Pick<Clock, "now" | "monotonic">,
  { failureThreshold = defaultFailureThreshold, openMs = defaultOpenMs }: CircuitBreakerOptions = {},
): CircuitBreaker {
  const counter = new ConsecutiveBreaker(failureThreshold);
  /** On the monotonic clock: a step of the system's time must not keep the circuit open. Null while it is closed. */
  let openEnd: number | null = null;
  let openSince: number | null = null;
  let failures = 0;
  let failedProbes = 0;
  let isProbing = false;

  const state = (): CircuitState => {
    if (openEnd === null) return "closed";
    return openEnd > clock.monotonic() ? "open" : "half-open";
  };

  const open = (delayMs: number): void => {
    openEnd = clock.monotonic() + delayMs;
    openSince ??= clock.now();
  };

  return {
    state,
    openUntil: () => (state() === "open" ? Math.round(clock.now() + (openEnd ?? 0) - clock.monotonic()) : null),
    openSince: () => openSince,
    halfOpenSince: () => (state() === "half-open" ? Math.round(clock.now() + (openEnd ?? 0) - clock.monotonic()) : null),
    failures: () => failures,
    acquire() {
      if (openEnd === null) return true;
      if (state() === "open" || isProbing) return false;
      isProbing = true;
      return true;
    },
    recordSuccess() {
      counter.success();
      [openEnd, openSince, failures, failedProbes, isProbing] = [null, null, 0, 0, false];
    },
    recordFailure(retryAt = null) {
      failures += 1;
      // A call that was sent before the circuit opened is no probe.
      const isLate = state() === "open";
      const opens = counter.failure() || openEnd !== null;
      isProbing = false;
      if (!opens || isLate) return;
      if (openEnd !== null) failedProbes += 1;
      const delayMs = failedProbes < frequentProbes ? openMs : openMs * longOutageFactor;
      const reportedDelayMs = (boundedInstant(retryAt, clock.now()) ?? 0) - clock.now();
      open(Math.max(delayMs, reportedDelayMs));
    },
    trip() {
      failures += 1;
      isProbing = false;
      if (state() !== "open") open(openMs);
    },
    recordNothing() {
      isProbing = false;
    },
    halfOpen() {
      if (openEnd !== null) openEnd = clock.monotonic();
    },
    resume(since, previousFailures) {
      [openEnd, openSince, failures] = [clock.monotonic(), since, previousFailures];
    },
    opening: () =>
      openEnd === null || openSince === null
        ? null
        : { remainingMs: openEnd - clock.monotonic(), since: openSince, failures, failedProbes },
    adopt(opening) {
      counter.success();
      [failures, failedProbes, isProbing] = [opening?.failures ?? 0, opening?.failedProbes ?? 0, false];
      openSince = opening?.since ?? null;
      // No step of a clock keeps a circuit open longer than a platform can ask for.
      openEnd = opening ? clock.monotonic() + Math.min(opening.remainingMs, maxOpenMs) : null;
    },
  };
}
