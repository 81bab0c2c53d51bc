import type { Clock } from "@sidelight/model/clock.ts";
import type { Action, Effect, Outcome } from "@sidelight/platform-kit/action.ts";
import type { Connection } from "../connections/connections.ts";
import { breather } from "../resilience/yieldToEventLoop.ts";
import type { Knowledge } from "../routing/routeDocument.ts";
import { chunks } from "../store/chunks.ts";
import type { DeliveriesTable } from "../store/schema.ts";
import type { Statement } from "../store/statement.ts";
import { type GivenUp, settled } from "./settle.ts";
import { createGate, type Gate } from "./targetBreaker.ts";

export interface WorkerDeps extends GivenUp {
  clock: Clock;
  target: Connection;
  /** What it does there. */
  name: string;
  action: Action;
  knowledge: Pick<Knowledge, "hasDeclined">;
}

export interface Worker {
  /** Something may be due. */
  wake(): void;
  /** Somebody wants what is due to be tried, whatever came of it before. */
  insist(): void;
  done: Promise<void>;
}

const most = 2_000;
const longestSleepMs = 60_000;

/**
 * Does one action at one target until the signal. Each has a worker of its own: what is dead, slow or refusing keeps nobody else
 * waiting.
 */
export function startWorker(deps: WorkerDeps, signal: AbortSignal): Worker {
  const { deliveries, target, name, log, clock, logger } = deps;
  const gate = createGate(clock);
  let woken = new AbortController();
  let insisted = new AbortController();
  return {
    wake: () => woken.abort(),
    insist() {
      gate.open();
      insisted.abort();
    },
    done: run(),
  };

  async function run(): Promise<void> {
    while (!signal.aborted) {
      [woken, insisted] = [new AbortController(), new AbortController()];
      try {
        await turn();
      } catch (error) {
        if (signal.aborted) return;
        logger.error({ err: error, tenant: log.tenant, target: target.id }, "deliveries stopped; trying again");
        await rest(clock.now() + 5_000);
      }
    }
  }

  async function turn(): Promise<void> {
    const closedUntil = gate.closedUntil();
    if (closedUntil > 0) return await rest(closedUntil, insisted.signal);
    const due = await deliveries.due(target.id, name, clock.now(), gate.isProbing() ? 1 : most);
    if (due.length > 0) return await deliver(due, gate, deps, signal);
    await rest((await deliveries.nextDue(target.id, name)) ?? Number.POSITIVE_INFINITY, woken.signal, insisted.signal);
  }

  async function rest(until: number, ...others: AbortSignal[]): Promise<void> {
    const ms = Math.min(longestSleepMs, Math.max(50, until - clock.now()));
    await clock.sleep(ms, AbortSignal.any([signal, ...others])).catch(() => {});
  }
}

/** Deliveries that become one effect: the newest speaks for all. */
interface Joined {
  deliveries: DeliveriesTable[];
  effect: Effect;
}

/** Batch after batch, for as long as the target answers. What is left stays as it is, and due. */
async function deliver(due: DeliveriesTable[], gate: Gate, deps: WorkerDeps, signal: AbortSignal): Promise<void> {
  for (const some of chunks(await joined(due, deps), deps.action.batch)) {
    const outcomes = await perform(some, deps, signal);
    if (signal.aborted || !gate.note(outcomes)) return;
  }
}

async function perform(joins: Joined[], deps: WorkerDeps, signal: AbortSignal): Promise<Outcome[]> {
  const { target, log, logger, action } = deps;
  let outcomes: Outcome[];
  try {
    outcomes = await action.perform(
      joins.map((j) => j.effect),
      { lane: "webhook", signal },
    );
  } catch (error) {
    if (signal.aborted) return [];
    logger.error({ err: error, tenant: log.tenant, target: target.id }, "an action failed in an unknown way");
    outcomes = joins.map(() => bug);
  }
  const settling = joins.map(({ deliveries }, i) => ({ deliveries, outcome: outcomes[i] ?? bug }));
  await settleJoins(settling, deps);
  return outcomes;
}

/** Joins what says the same thing again, in the order of its events. What may not be sent any more is settled. */
async function joined(deliveries: DeliveriesTable[], deps: WorkerDeps): Promise<Joined[]> {
  const breathe = breather();
  const joins = new Map<string, Joined>();
  const [erased, withheld]: DeliveriesTable[][] = [[], []];
  const sendings = await deps.deliveries.open(deliveries);
  for (const delivery of deliveries) {
    await breathe();
    const sending = sendings.get(delivery.id);
    if (!sending) {
      erased!.push(delivery);
      continue;
    }
    // Somebody may have declined since it was made.
    if (await deps.knowledge.hasDeclined(sending.about)) {
      withheld!.push(delivery);
      continue;
    }
    const name = delivery.name ?? delivery.id;
    const before = joins.get(name);
    const merged = before && deps.action.merge ? deps.action.merge(before.effect.input, sending.input) : sending.input;
    const effect = { id: delivery.id, input: merged, at: sending.at };
    joins.set(name, { deliveries: [...(before?.deliveries ?? []), delivery], effect });
  }
  await settleAll(erased!, { state: "done", ref: null, wrote: false }, deps);
  await settleAll(withheld!, "declined", deps);
  return [...joins.values()];
}

const settleAll = (deliveries: DeliveriesTable[], outcome: Outcome | "declined", deps: WorkerDeps): Promise<void> =>
  settleJoins([{ deliveries, outcome }], deps);

async function settleJoins(
  joins: { deliveries: DeliveriesTable[]; outcome: Outcome | "declined" }[],
  deps: WorkerDeps,
): Promise<void> {
  const now = deps.clock.now();
  const statements: Statement[] = [];
  for (const { deliveries, outcome } of joins)
    for (const delivery of deliveries) statements.push(...settled(delivery, outcome, now, deps));
  if (statements.length > 0) await deps.log.commit({ statements, correlationId: "delivery" });
}

const bug: Outcome = {
  state: "failed",
  cause: "bug",
  message: "A mistake of ours; the log has more.",
  isRetryable: true,
  retryAt: null,
};
