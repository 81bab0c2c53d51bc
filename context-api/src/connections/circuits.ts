import type { Clock } from "@sidelight/model/clock.ts";
import type { Outcome } from "@sidelight/platform-kit/action.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import {
  type CircuitBreaker,
  type CircuitBreakerOptions,
  type CircuitState,
  createCircuitBreaker,
} from "../resilience/circuitBreaker.ts";
import type { ConnectionCircuits, SharedCircuitChange } from "./sharedCircuits.ts";

/**
 * Kind of a call. Kinds fail independently: a stream whose endpoint is broken must not stop the other streams, and an action that
 * fails must not stop reads.
 */
export type CallKind = "read" | `pull.${string}` | `write.${string}`;

/** State of one circuit. Instants are epoch ms. */
export interface CircuitStatus {
  kind: CallKind;
  state: CircuitState;
  /** When it opened; null while it is closed. */
  since: number | null;
  /** Failures since the last success. */
  failures: number;
  /** When the next probe is allowed; null unless it is open. */
  nextProbeAt: number | null;
  lastSuccessAt: number | null;
  /** The last failure; null while it is closed. */
  failure: CircuitFailure | null;
}

export type CircuitFailure = Pick<PlatformError, "code" | "message" | "nextAction">;

/** The circuit breakers of one connection: the only place that decides what counts as a failure of a platform. */
export interface Circuits {
  /** Runs one call, and records its result. @throws {PlatformError} at once while the circuit is open */
  run<T>(kind: CallKind, work: () => Promise<T>): Promise<T>;
  /** The same for a listing. Each page is a success. */
  runPages<T>(kind: CallKind, pages: () => AsyncIterable<T>): AsyncIterable<T>;
  /** The same for a batch of effects. A batch that fails as a whole is one failure. */
  runEffects(kind: CallKind, work: () => Promise<Outcome[]>): Promise<Outcome[]>;
  /** Probes with a cheap call while one of these circuits is half-open. A success closes all of them. */
  probe(kinds: readonly CallKind[], check: () => Promise<void>): Promise<void>;
  /** Continues a failure of an earlier run: the circuits are half-open until a call or a probe decides. */
  resume(kinds: readonly CallKind[], failure: CircuitFailure & { since: number; failures: number }): void;
  of(kind: CallKind): Pick<CircuitBreaker, "state" | "openUntil" | "halfOpen" | "halfOpenSince">;
  /** In the order of the kinds that the connection was opened with. */
  list(): CircuitStatus[];
}

export interface CircuitsDeps {
  platform: string;
  kinds: readonly CallKind[];
  clock: Clock;
  options: CircuitBreakerOptions;
  /** The circuits of the same connection in other processes; none when left out. */
  shared?: ConnectionCircuits | undefined;
  onSuccess(): void;
  /** Called when a circuit opens, opens for another reason, or closes. @param isAdopted true when another process saw it */
  onChange(isAdopted: boolean): void;
}

interface Circuit {
  breaker: CircuitBreaker;
  lastSuccessAt: number | null;
  failure: CircuitFailure | null;
  /** When its state began, by the time of Redis; 0 for a state that other processes need not adopt. */
  changedAt: number;
  /** Returns the permission for the probe of all processes; null while this process does not probe. */
  endProbe: (() => void) | null;
}

export function createCircuits({ platform, kinds, clock, options, shared, onSuccess, onChange }: CircuitsDeps): Circuits {
  const circuits = new Map<CallKind, Circuit>(
    kinds.map((kind) => {
      const breaker = createCircuitBreaker(clock, options);
      return [kind, { breaker, lastSuccessAt: null, failure: null, changedAt: 0, endProbe: null }];
    }),
  );
  shared?.join(adopt, () => kinds.map(changeOf).filter(({ changedAt }) => changedAt > 0));

  return {
    async run(kind, work) {
      await acquire(kind);
      try {
        const result = await work();
        record(kind, "success");
        return result;
      } catch (error) {
        record(kind, evidenceOfError(error));
        throw error;
      }
    },
    async *runPages(kind, pages) {
      await acquire(kind);
      let isRecorded = false;
      try {
        for await (const page of pages()) {
          record(kind, "success");
          isRecorded = true;
          yield page;
        }
      } catch (error) {
        record(kind, evidenceOfError(error));
        isRecorded = true;
        throw error;
      } finally {
        if (!isRecorded) record(kind, "none");
      }
    },
    async runEffects(kind, work) {
      await acquire(kind);
      try {
        const outcomes = await work();
        record(kind, evidenceOfOutcomes(outcomes));
        return outcomes;
      } catch (error) {
        record(kind, evidenceOfError(error));
        throw error;
      }
    },
    async probe(probedKinds, check) {
      const halfOpenKinds: CallKind[] = [];
      for (const kind of probedKinds)
        if (circuitOf(kind).breaker.state() === "half-open" && (await isAcquired(kind))) halfOpenKinds.push(kind);
      if (halfOpenKinds.length === 0) return;
      try {
        await check();
        for (const kind of halfOpenKinds) record(kind, "success");
      } catch (error) {
        for (const kind of halfOpenKinds) record(kind, evidenceOfError(error));
      }
    },
    resume(resumedKinds, { since, failures, ...failure }) {
      for (const kind of resumedKinds) {
        const circuit = circuitOf(kind);
        circuit.breaker.resume(since, Math.max(1, Math.round(failures / resumedKinds.length)));
        circuit.failure = failure;
      }
      if (resumedKinds.length > 0) onChange(false);
    },
    of: (kind) => circuitOf(kind).breaker,
    list: () =>
      [...circuits].map(([kind, { breaker, lastSuccessAt, failure }]) => ({
        kind,
        state: breaker.state(),
        since: breaker.openSince(),
        failures: breaker.failures(),
        nextProbeAt: breaker.openUntil(),
        lastSuccessAt,
        failure: breaker.state() === "closed" ? null : failure,
      })),
  };

  function circuitOf(kind: CallKind): Circuit {
    const circuit = circuits.get(kind);
    if (!circuit) throw new Error(`There is no circuit for ${kind}.`);
    return circuit;
  }

  /** Takes the permission for a call; for a probe, the one that all processes have together. */
  async function isAcquired(kind: CallKind): Promise<boolean> {
    const circuit = circuitOf(kind);
    const { breaker } = circuit;
    const isProbe = breaker.state() !== "closed";
    if (!breaker.acquire()) return false;
    if (!isProbe || !shared) return true;
    circuit.endProbe = await shared.takeProbe(kind);
    if (circuit.endProbe) return true;
    breaker.recordNothing();
    return false;
  }

  async function acquire(kind: CallKind): Promise<void> {
    const { breaker, failure } = circuitOf(kind);
    if (await isAcquired(kind)) return;
    throw new PlatformError(failure?.code ?? "unavailable", platform, failure?.message ?? "The platform is unavailable.", {
      retryAt: breaker.openUntil(),
      isPlatformFault: false,
      isNotSent: true,
      nextAction: failure?.nextAction ?? null,
    });
  }

  function record(kind: CallKind, evidence: Evidence): void {
    const circuit = circuitOf(kind);
    const { breaker } = circuit;
    circuit.endProbe?.();
    circuit.endProbe = null;
    if (evidence === "none") {
      breaker.recordNothing();
      return;
    }
    const previousState = breaker.state();
    const wasClosed = previousState === "closed";
    if (evidence === "success") {
      breaker.recordSuccess();
      circuit.failure = null;
      circuit.lastSuccessAt = clock.now();
      onSuccess();
      if (!wasClosed) publish(kind);
      if (!wasClosed) onChange(false);
      return;
    }
    const { retryAt, ...failure } = evidence;
    const { code, message } = failure;
    const previous = wasClosed ? null : circuit.failure;
    // The next call would be refused like this one.
    if (code === "invalid_credentials") breaker.trip();
    else breaker.recordFailure(retryAt);
    circuit.failure = failure;
    if (breaker.state() !== "closed" && previousState !== "open") publish(kind);
    if (breaker.state() !== "closed" && (previous?.code !== code || previous.message !== message)) onChange(false);
  }

  function publish(kind: CallKind): void {
    if (!shared) return;
    const circuit = circuitOf(kind);
    // Later than the change that it follows, whatever a clock shows.
    circuit.changedAt = Math.max(shared.now(), circuit.changedAt + 1);
    shared.publish(changeOf(kind));
  }

  function changeOf(kind: CallKind): SharedCircuitChange {
    const { breaker, failure, changedAt } = circuitOf(kind);
    const opening = breaker.opening();
    if (!opening || !failure) return { kind, changedAt, circuit: null };
    const { remainingMs, since, failures, failedProbes } = opening;
    const openUntil = (shared?.now() ?? 0) + Math.round(remainingMs);
    return { kind, changedAt, circuit: { openUntil, since, failures, failedProbes, failure } };
  }

  /** Another process saw that a circuit opens or closes. */
  function adopt({ kind, changedAt, circuit: next }: SharedCircuitChange): void {
    const circuit = circuits.get(kind as CallKind);
    if (!circuit || !shared || changedAt <= circuit.changedAt) return;
    const previous = circuit.failure;
    const wasClosed = circuit.breaker.state() === "closed";
    circuit.breaker.adopt(next ? { ...next, remainingMs: next.openUntil - shared.now() } : null);
    circuit.changedAt = changedAt;
    circuit.failure = next ? { ...next.failure, code: next.failure.code as CircuitFailure["code"] } : null;
    if (wasClosed !== (next === null) || previous?.message !== circuit.failure?.message) onChange(true);
  }
}

/** What the result of a call proves: the platform works, it failed, or nothing. */
type Evidence = "success" | "none" | (CircuitFailure & { retryAt: number | null });

function evidenceOfError(error: unknown): Evidence {
  if (!(error instanceof PlatformError)) return "none";
  const { code, message, retryAt, nextAction } = error;
  if (code === "invalid_credentials" || error.isPlatformFault) return { code, message, retryAt, nextAction };
  // A refusal of one record is an answer: the platform works. A rate limit or our own deadline is no evidence.
  return error.isRefusal ? "success" : "none";
}

/** A batch of which one effect was answered is a success. */
function evidenceOfOutcomes(outcomes: readonly Outcome[]): Evidence {
  const failures = outcomes.filter((outcome) => outcome.state === "failed");
  const [first] = failures;
  if (!first || failures.length < outcomes.length) return outcomes.length === 0 ? "none" : "success";
  const { message } = first;
  const nextAction = null;
  if (failures.every(({ cause }) => cause === "invalid_credentials")) {
    return { code: "invalid_credentials", message, nextAction, retryAt: null };
  }
  if (failures.every(({ cause }) => cause === "unavailable")) {
    return {
      code: "unavailable",
      message,
      nextAction,
      retryAt: Math.max(...failures.map(({ retryAt }) => retryAt ?? 0)) || null,
    };
  }
  return failures.every(({ cause }) => noEvidence.has(cause)) ? "none" : "success";
}

/** Causes that are no answer of the platform about one object. */
const noEvidence: ReadonlySet<string> = new Set(["rate_limited", "bug", "unavailable", "invalid_credentials"]);
