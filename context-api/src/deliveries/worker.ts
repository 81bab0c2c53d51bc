import type { Clock } from "@sidelight/model/clock.ts";
import type { Action, Effect, Outcome } from "@sidelight/platform-kit/action.ts";
import type { Connection } from "../connections/connections.ts";
import type { CircuitBreaker } from "../resilience/circuitBreaker.ts";
import { createEventLoopYielder } from "../resilience/yieldToEventLoop.ts";
import { chunks } from "../store/chunks.ts";
import type { DeliveriesTable } from "../store/schema.ts";
import type { Statement } from "../store/statement.ts";
import { outcomeStatements, type SettleDeps } from "./settle.ts";
import { createTargetBreaker, recordOutcomes } from "./targetBreaker.ts";

export interface WorkerDeps extends SettleDeps {
  clock: Clock;
  target: Connection;
  /** The action's name. */
  name: string;
  action: Action;
  /** True when the person behind a ref has declined, as of now. */
  hasDeclined(ref: string): Promise<boolean>;
}

export interface Worker {
  /** New deliveries may be due. */
  wake(): void;
  /** Tries due deliveries now, even while the circuit is open. */
  retryNow(): void;
  done: Promise<void>;
}

const maxDue = 2_000;
const maxSleepMs = 60_000;

/**
 * Performs one action at one target until the signal is aborted. Each action has its own worker, so a slow or failing target delays
 * no other deliveries.
 */
export function startWorker(deps: WorkerDeps, signal: AbortSignal): Worker {
  const { deliveries, target, name, log, clock, logger } = deps;
  const breaker = createTargetBreaker(clock);
  let wakeSignal = new AbortController();
  let retrySignal = new AbortController();
  return {
    wake: () => wakeSignal.abort(),
    retryNow() {
      breaker.halfOpen();
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
        logger.error({ err: error, tenant: log.tenant, target: target.id }, "deliveries stopped; trying again");
        await sleepUntil(clock.now() + 5_000);
      }
    }
  }

  async function deliverDue(): Promise<void> {
    const openUntil = breaker.openUntil();
    if (openUntil !== null) return await sleepUntil(openUntil, retrySignal.signal);
    const due = await deliveries.due(target.id, name, clock.now(), breaker.state() === "half-open" ? 1 : maxDue);
    if (due.length > 0) return await deliver(due, breaker, deps, signal);
    const nextDue = (await deliveries.nextDue(target.id, name)) ?? Number.POSITIVE_INFINITY;
    await sleepUntil(nextDue, wakeSignal.signal, retrySignal.signal);
  }

  async function sleepUntil(instant: number, ...wakeUps: AbortSignal[]): Promise<void> {
    const ms = Math.min(maxSleepMs, Math.max(50, instant - clock.now()));
    await clock.sleep(ms, AbortSignal.any([signal, ...wakeUps])).catch(() => {});
  }
}

/** Deliveries of one name that become one effect. */
interface MergedDelivery {
  deliveries: DeliveriesTable[];
  effect: Effect;
}

/** Sends batch after batch until the target fails. Unsent deliveries stay due. */
async function deliver(due: DeliveriesTable[], breaker: CircuitBreaker, deps: WorkerDeps, signal: AbortSignal): Promise<void> {
  for (const batch of chunks(await mergeDeliveries(due, deps), deps.action.batch)) {
    const outcomes = await perform(batch, deps, signal);
    if (signal.aborted || !recordOutcomes(breaker, outcomes)) return;
  }
}

async function perform(batch: MergedDelivery[], deps: WorkerDeps, signal: AbortSignal): Promise<Outcome[]> {
  const { target, log, logger, action } = deps;
  let outcomes: Outcome[];
  try {
    outcomes = await action.perform(
      batch.map((merged) => merged.effect),
      { priority: "webhook", signal },
    );
  } catch (error) {
    if (signal.aborted) return [];
    logger.error({ err: error, tenant: log.tenant, target: target.id }, "an action threw an unexpected error");
    outcomes = batch.map(() => bug);
  }
  const settlements = batch.map(({ deliveries }, i) => ({ deliveries, outcome: outcomes[i] ?? bug }));
  await commitOutcomes(settlements, deps);
  return outcomes;
}

/** Merges deliveries of one name in the order of their events. Settles those that must not be sent any more. */
async function mergeDeliveries(deliveries: DeliveriesTable[], deps: WorkerDeps): Promise<MergedDelivery[]> {
  const yieldToEventLoop = createEventLoopYielder();
  const mergedByName = new Map<string, MergedDelivery>();
  const erasedDeliveries: DeliveriesTable[] = [];
  const withheld: DeliveriesTable[] = [];
  const payloads = await deps.deliveries.open(deliveries);
  for (const delivery of deliveries) {
    await yieldToEventLoop();
    const payload = payloads.get(delivery.id);
    if (!payload) {
      erasedDeliveries.push(delivery);
      continue;
    }
    // The person may have declined after the delivery was created.
    if (await deps.hasDeclined(payload.about)) {
      withheld.push(delivery);
      continue;
    }
    const name = delivery.name ?? delivery.id;
    const older = mergedByName.get(name);
    const input = older && deps.action.merge ? deps.action.merge(older.effect.input, payload.input) : payload.input;
    const effect = { id: delivery.id, input, at: payload.at };
    mergedByName.set(name, { deliveries: [...(older?.deliveries ?? []), delivery], effect });
  }
  await commitOutcomes([{ deliveries: erasedDeliveries, outcome: { state: "done", ref: null, hasWritten: false } }], deps);
  await commitOutcomes([{ deliveries: withheld, outcome: "declined" }], deps);
  return [...mergedByName.values()];
}

async function commitOutcomes(
  settlements: { deliveries: DeliveriesTable[]; outcome: Outcome | "declined" }[],
  deps: WorkerDeps,
): Promise<void> {
  const now = deps.clock.now();
  const statements: Statement[] = [];
  for (const { deliveries, outcome } of settlements)
    for (const delivery of deliveries) statements.push(...outcomeStatements(delivery, outcome, now, deps));
  if (statements.length > 0) await deps.log.commit({ statements, correlationId: "delivery" });
}

const bug: Outcome = {
  state: "failed",
  cause: "bug",
  message: "An error in Sidelight. The log has the details.",
  isRetryable: true,
  retryAt: null,
};
