import type { Clock } from "@sidelight/model/clock.ts";
import type { Purpose } from "@sidelight/model/purposes.ts";
import type { Action, Outcome } from "@sidelight/platform-kit/action.ts";
import { joinWaitMs } from "@sidelight/platform-kit/adaptiveBatch.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import { type Connection, writeKind } from "../connections/connections.ts";
import type { ConsentChecks } from "../context/consent.ts";
import { StoreLostError } from "../log/writer/errors.ts";
import { createStepDetector } from "../resilience/clockStep.ts";
import { yieldToEventLoop } from "../resilience/yieldToEventLoop.ts";
import { chunks } from "../store/chunks.ts";
import type { Statement } from "../store/statement.ts";
import { addUsageTotals } from "../store/tables/usageTotals.ts";
import { type CallCause, withCallCause } from "../telemetry/callCause.ts";
import { type SpanStart, withSpan } from "../telemetry/spans.ts";
import { checkDeliveries } from "./checkDeliveries.ts";
import type { Claim, ClaimedDelivery } from "./claim.ts";
import type { CreationChecks } from "./creationCheck.ts";
import { totalsOfBatch } from "./deliveryTotals.ts";
import { heldSuggestions } from "./heldSuggestions.ts";
import type { MergedDelivery } from "./mergedDelivery.ts";
import type { MonthlyCap } from "./monthlyCap.ts";
import { createPause, type Pause } from "./pause.ts";
import {
  type Held,
  outcomeStatements,
  type Postponed,
  type SettleDeps,
  type SettledState,
  settledState,
  type Unchecked,
  type Withheld,
} from "./settle.ts";
import { type Attempt, attemptStatements, writtenStatements } from "./writtenValues.ts";

export interface WorkerDeps extends SettleDeps, ConsentChecks {
  clock: Clock;
  target: Connection;
  /** The action's name. */
  name: string;
  action: Action;
  /** Null where nothing is looked for before it is created. */
  creations: CreationChecks | null;
  /** Null when the events of the target are not counted by month. */
  monthlyCap: MonthlyCap | null;
  onSettled?:
    | ((settled: { target: Connection; delivery: ClaimedDelivery; state: SettledState; cause: string | null }) => void)
    | undefined;
}

export interface Worker {
  /** New deliveries may be due. */
  wake(): void;
  /** Tries due deliveries now, even while the circuit is open or the target requested a delay. */
  retryNow(): void;
  done: Promise<void>;
}

const maxDue = 2_000;
const minSharedLimit = 50;
const maxSleepMs = 60_000;
const probeSpacingMs = 1_000;
/** How often a process looks for deliveries that another one has claimed and not sent. */
const takeOverPollMs = 1_000;

/**
 * Performs one action at one target until the signal is aborted. Each action has its own worker, so a slow or failing target delays
 * no other deliveries.
 */
export function startWorker(deps: WorkerDeps, signal: AbortSignal): Worker {
  const { deliveries, target, name, log, clock, logger } = deps;
  const circuit = target.circuits.of(writeKind(name));
  const pause = createPause(clock);
  const steps = createStepDetector(clock);
  const sharedLimit = Math.max(minSharedLimit, 4 * deps.action.batch);
  /** When the last batch was sent, on the monotonic clock. */
  let lastSentAt = Number.NEGATIVE_INFINITY;
  let wakeSignal = new AbortController();
  let retrySignal = new AbortController();
  return {
    wake: () => wakeSignal.abort(),
    retryNow() {
      circuit.halfOpen();
      pause.end();
      lastSentAt = Number.NEGATIVE_INFINITY;
      retrySignal.abort();
    },
    done: run(),
  };

  async function run(): Promise<void> {
    while (!signal.aborted) {
      [wakeSignal, retrySignal] = [new AbortController(), new AbortController()];
      try {
        await deliverDue();
      } catch (error) {
        if (signal.aborted) return;
        // The writer reports a store that is lost, once.
        const level = error instanceof StoreLostError ? "debug" : "error";
        logger[level]({ err: error, tenant: log.tenant, target: target.id }, "deliveries stopped; trying again");
        await sleepUntil(clock.now() + 5_000);
      }
    }
  }

  async function deliverDue(): Promise<void> {
    const stepMs = steps.stepBackMs();
    if (stepMs > 0) await keepWaits(stepMs);
    // Resuming the connection wakes it.
    if (target.pausedAt !== null) return await sleepUntil(clock.now() + maxSleepMs, retrySignal.signal);
    const waitUntil = circuit.openUntil() ?? pause.endsAt();
    if (waitUntil !== null) return await sleepUntil(waitUntil, retrySignal.signal);
    // A waiting delivery is the probe of its circuit, also before it is due.
    const isHalfOpen = circuit.state() === "half-open";
    const joinMs = isHalfOpen ? 0 : await remainingJoinMs();
    if (joinMs > 0) return await sleepUntil(clock.now() + joinMs, wakeSignal.signal, retrySignal.signal);
    const [now, limit] = isHalfOpen ? [Number.MAX_SAFE_INTEGER, 1] : [clock.now(), maxDue];
    const claim = await deliveries.claim({ target: target.id, action: name, now, limit, sharedLimit });
    try {
      if (claim.deliveries.length > 0) {
        await deliver(claim, pause, deps, signal);
        lastSentAt = clock.monotonic();
        return;
      }
    } finally {
      await claim.release();
    }
    const nextDue = (await deliveries.nextDue(target.id, name)) ?? Number.POSITIVE_INFINITY;
    // What is due and was not claimed is sent by another process.
    const isElsewhere = nextDue <= clock.now();
    await sleepUntil(isElsewhere ? clock.now() + takeOverPollMs : nextDue, wakeSignal.signal, retrySignal.signal);
  }

  /** While little of the quota is left, calls are spaced, so that more deliveries share each. A full batch waits no longer. */
  async function remainingJoinMs(): Promise<number> {
    const { batch, quota } = deps.action;
    const quotaLeft = quota === undefined || batch === 1 ? undefined : target.rateLimiter.left()[quota];
    const waitMs = quotaLeft ? lastSentAt + joinWaitMs(quotaLeft) - clock.monotonic() : 0;
    if (waitMs <= 0 || (await deliveries.hasDue(target.id, name, clock.now(), batch))) return 0;
    return waitMs;
  }

  /** Due times are instants, so that they survive a restart. A clock that was set back would prolong every wait. */
  async function keepWaits(ms: number): Promise<void> {
    const statement = deliveries.moveWaits({ target: target.id, action: name, ms, now: clock.now() });
    await log.commit({ statements: [statement], correlationId: "delivery" });
    steps.accept();
  }

  async function sleepUntil(instant: number, ...wakeUps: AbortSignal[]): Promise<void> {
    const ms = Math.min(maxSleepMs, Math.max(50, instant - clock.now()));
    await clock.sleep(ms, AbortSignal.any([signal, ...wakeUps])).catch(() => {});
  }
}

/**
 * Sends batch after batch until the target fails. Unsent deliveries stay due. The outcome of a batch is committed while the next one is
 * sent.
 */
async function deliver(claim: Claim, pause: Pause, deps: WorkerDeps, signal: AbortSignal): Promise<void> {
  let settlement: Promise<void> = Promise.resolve();
  try {
    for (const batch of chunks(await mergeDeliveries(claim.deliveries, deps), deps.action.batch)) {
      if (!(await claim.isValid())) return;
      const affordable = await postponeAboveCap(await withoutExisting(batch, deps), deps);
      if (affordable.length === 0) continue;
      const { outcomes, settled } = await perform(affordable, deps, signal);
      // A crash repeats two batches at most.
      await settlement;
      settlement = settled;
      settled.catch(() => {});
      if (signal.aborted || !pause.record(outcomes)) return;
    }
  } finally {
    await settlement;
  }
}

/** Without effects whose record exists, and without possible duplicates, which wait for a person's decision. */
async function withoutExisting(batch: readonly MergedDelivery[], deps: WorkerDeps): Promise<MergedDelivery[]> {
  const { sendable, settled, asked } = await checkDeliveries(batch, deps);
  await commitOutcomes(
    settled.map(({ merged: { deliveries }, outcome }) => ({ deliveries, outcome })),
    deps,
    await heldSuggestions(deps.log, asked, deps.clock.now()),
  );
  return sendable;
}

/** What the monthly cap of the target admits. The events above it wait for the next month. */
async function postponeAboveCap(batch: MergedDelivery[], deps: WorkerDeps): Promise<MergedDelivery[]> {
  if (!deps.action.isMetered || !deps.monthlyCap) return batch;
  // An event was counted before its first attempt.
  const newDeliveries = batch.filter(({ deliveries }) => deliveries.every(({ attempts }) => attempts === 0));
  const { admitted, monthEndsAt } = await deps.monthlyCap.reserve(newDeliveries.length);
  const postponedDeliveries = newDeliveries.slice(admitted);
  await commitOutcomes(
    postponedDeliveries.map(({ deliveries }) => ({ deliveries, outcome: { state: "postponed", dueAt: monthEndsAt } })),
    deps,
  );
  const withoutRoom = new Set(postponedDeliveries);
  return batch.filter((merged) => !withoutRoom.has(merged));
}

interface PerformedBatch {
  /** Empty when nothing was sent. */
  outcomes: Outcome[];
  /** Resolves when the outcomes are durable. */
  settled: Promise<void>;
}

async function perform(batch: MergedDelivery[], deps: WorkerDeps, signal: AbortSignal): Promise<PerformedBatch> {
  const { target, log, logger, action, clock } = deps;
  const sentAt = clock.now();
  const attempts = batch.map(({ effect, hops }): Attempt => {
    return { target: target.id, effect, hops, sentAt, writes: action.writes?.(effect.input) ?? [] };
  });
  const intents = attempts.flatMap((attempt) => attemptStatements(log, attempt));
  if (intents.length > 0) await log.commit({ statements: intents, correlationId: "delivery" });
  let outcomes: Outcome[];
  try {
    const effects = batch.map((merged) => merged.effect);
    outcomes = await withSpan(
      `deliver ${deps.name}`,
      () => attemptSpan(batch, deps),
      async (span) => {
        const results = await withCallCause({ cause: causeOf(batch, deps), customerTier: tierOf(batch) }, () =>
          action.perform(effects, { priority: "webhook", signal }),
        );
        const failure = results.find((result) => result.state === "failed");
        if (failure) span?.fail(failure.cause);
        return results;
      },
    );
  } catch (error) {
    if (signal.aborted) return unsent;
    if (error instanceof PlatformError && error.isNotSent) {
      // Another probe of the target is under way.
      await clock.sleep(probeSpacingMs, signal).catch(() => {});
      return unsent;
    }
    logger.error({ err: error, tenant: log.tenant, target: target.id }, "an action threw an unexpected error");
    outcomes = batch.map(() => bug);
  }
  const settlements = batch.map(({ deliveries, tier }, i) => ({ deliveries, tier, outcome: outcomes[i] ?? bug }));
  const writeStatements = attempts.flatMap((attempt, i) => writtenStatements(log, attempt, outcomes[i] ?? bug, clock.now()));
  const batchTotals = totalsOfBatch({ target: target.id, action: deps.name, settlements }, clock.now());
  const statements = [...writeStatements, addUsageTotals(log.store, batchTotals)];
  return { outcomes, settled: commitOutcomes(settlements, deps, statements) };
}

/** Ids of deliveries that a span names. */
const maxNamedDeliveries = 20;

const attemptSpan = (batch: readonly MergedDelivery[], { log, target, name }: WorkerDeps): SpanStart => ({
  kind: "producer",
  attributes: {
    "sidelight.tenant": log.tenant,
    "sidelight.connection": target.id,
    "sidelight.platform": target.platform.name,
    "sidelight.action": name,
    "sidelight.deliveries": batch.slice(0, maxNamedDeliveries).map(({ effect }) => effect.id),
    "messaging.batch.message_count": batch.length,
  },
});

/** Deliveries of several routes may share a call. */
function causeOf(batch: readonly MergedDelivery[], { name }: WorkerDeps): CallCause["cause"] {
  const routes = new Set(batch.flatMap(({ deliveries }) => deliveries.map(({ route }) => route)));
  const [route] = routes;
  return routes.size === 1 && route !== undefined ? `route:${route}` : `action:${name}`;
}

/** Null for customers of several tiers, and without tiers. */
function tierOf(batch: readonly MergedDelivery[]): string | null {
  const tiers = new Set(batch.map(({ tier }) => tier));
  const [tier] = tiers;
  return tiers.size === 1 && tier ? tier : null;
}

const unsent: PerformedBatch = { outcomes: [], settled: Promise.resolve() };

/** Merges deliveries of one name in the order of their events. Settles those that must not be sent any more. */
async function mergeDeliveries(deliveries: ClaimedDelivery[], deps: WorkerDeps): Promise<MergedDelivery[]> {
  const mergedByName = new Map<string, MergedDelivery>();
  const erasedDeliveries: ClaimedDelivery[] = [];
  const withheld: Settlement[] = [];
  const payloads = await deps.deliveries.open(deliveries);
  await deps.prefetchConsent([...payloads.values()].map(({ about }) => about));
  for (const delivery of deliveries) {
    await yieldToEventLoop();
    const payload = payloads.get(delivery.id);
    if (!payload) {
      erasedDeliveries.push(delivery);
      continue;
    }
    // The person may have withdrawn consent after the delivery was created.
    const withdrawal = await deps.withdrawalOf(payload.about, delivery.purpose as Purpose | null);
    if (withdrawal) {
      withheld.push({ deliveries: [delivery], outcome: { state: "withheld", withdrawal } });
      continue;
    }
    const name = delivery.name ?? delivery.id;
    const older = mergedByName.get(name);
    const input = older && deps.action.merge ? deps.action.merge(older.effect.input, payload.input) : payload.input;
    const effect = { id: delivery.id, input, at: payload.at };
    const hops = Math.max(older?.hops ?? 0, payload.hops ?? 0);
    const { about, tier = "" } = payload;
    mergedByName.set(name, { deliveries: [...(older?.deliveries ?? []), delivery], effect, hops, about, tier });
  }
  await commitOutcomes([{ deliveries: erasedDeliveries, outcome: { state: "done", ref: null, hasWritten: false } }], deps);
  await commitOutcomes(withheld, deps);
  return [...mergedByName.values()];
}

interface Settlement {
  deliveries: ClaimedDelivery[];
  outcome: Outcome | Withheld | Postponed | Held | Unchecked;
}

async function commitOutcomes(
  settlements: readonly Settlement[],
  deps: WorkerDeps,
  moreStatements: readonly Statement[] = [],
): Promise<void> {
  const now = deps.clock.now();
  const statements: Statement[] = [...moreStatements];
  for (const { deliveries, outcome } of settlements)
    for (const delivery of deliveries) statements.push(...outcomeStatements(delivery, outcome, now, deps));
  if (statements.length > 0) await deps.log.commit({ statements, correlationId: "delivery" });
  if (!deps.onSettled) return;
  for (const { deliveries, outcome } of settlements)
    for (const delivery of deliveries) deps.onSettled({ target: deps.target, delivery, ...settledState(delivery, outcome, now) });
}

const bug: Outcome = {
  state: "failed",
  cause: "bug",
  message: "An error in Sidelight. The log has the details.",
  isRetryable: true,
  retryAt: null,
};
