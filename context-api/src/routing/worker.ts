import type { TenantLog } from "../events/log.ts";
import type { Clock } from "../operations/clock.ts";
import type { Logger } from "../operations/logger.ts";
import type { Action, Effect, Outcome } from "../platforms/action.ts";
import type { Connection } from "../platforms/connections.ts";
import { breather } from "../resilience/breather.ts";
import type { DeliveriesTable } from "../store/schema.ts";
import type { Statement } from "../store/statement.ts";
import type { Deliveries } from "./deliveries.ts";
import type { Knowledge } from "./document.ts";
import { type GivenUp, settled } from "./settle.ts";

export interface WorkerDeps extends GivenUp {
  log: TenantLog;
  clock: Clock;
  target: Connection;
  deliveries: Deliveries;
  knowledge: Pick<Knowledge, "hasDeclined">;
  logger: Logger;
}

export interface Worker {
  /** Something may be due. */
  wake(): void;
  done: Promise<void>;
}

const most = 2_000;
const longestSleepMs = 60_000;

/** Delivers to one target until the signal. Each target has a worker of its own: a dead one keeps nobody else waiting. */
export function startWorker(deps: WorkerDeps, signal: AbortSignal): Worker {
  let woken = new AbortController();
  return {
    wake: () => woken.abort(),
    done: run(),
  };

  async function run(): Promise<void> {
    const { deliveries, target, log, clock, logger } = deps;
    while (!signal.aborted) {
      woken = new AbortController();
      try {
        const due = await deliveries.due(target.id, clock.now(), most);
        if (due.length > 0) {
          await deliver(due, deps, signal);
          continue;
        }
        await rest((await deliveries.nextDue(target.id)) ?? Number.POSITIVE_INFINITY);
      } catch (error) {
        if (signal.aborted) return;
        logger.error({ err: error, tenant: log.tenant, target: target.id }, "deliveries stopped; trying again");
        await rest(clock.now() + 5_000);
      }
    }
  }

  async function rest(until: number): Promise<void> {
    const { clock } = deps;
    const ms = Math.min(longestSleepMs, Math.max(50, until - clock.now()));
    await clock.sleep(ms, AbortSignal.any([signal, woken.signal])).catch(() => {});
  }
}

/** Deliveries that become one effect: the newest speaks for all. */
interface Joined {
  deliveries: DeliveriesTable[];
  effect: Effect;
}

/** Each action by itself: one that is slow keeps the target's others no longer than a turn. */
async function deliver(due: DeliveriesTable[], deps: WorkerDeps, signal: AbortSignal): Promise<void> {
  await Promise.all(
    [...Map.groupBy(due, (d) => d.action)].map(async ([name, deliveries]) => {
      const action = deps.target.connector.actions?.[name];
      if (!action) return await settleAll(deliveries, missing(name), deps);
      for (const some of inBatches(await joined(deliveries, action, deps), action.batch))
        await perform(action, some, deps, signal);
    }),
  );
}

async function perform(action: Action, joins: Joined[], deps: WorkerDeps, signal: AbortSignal): Promise<void> {
  const { target, log, logger } = deps;
  let outcomes: Outcome[];
  try {
    outcomes = await action.perform(
      joins.map((j) => j.effect),
      { lane: "webhook", signal },
    );
  } catch (error) {
    if (signal.aborted) return;
    logger.error({ err: error, tenant: log.tenant, target: target.id }, "an action failed in an unknown way");
    outcomes = joins.map(() => bug);
  }
  await settleJoins(
    joins.map(({ deliveries }, i) => ({ deliveries, outcome: outcomes[i] ?? bug })),
    deps,
  );
}

/** Joins what says the same thing again, in the order of its events. What may not be sent any more is settled. */
async function joined(deliveries: DeliveriesTable[], action: Action, deps: WorkerDeps): Promise<Joined[]> {
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
    const merged = before && action.merge ? action.merge(before.effect.input, sending.input) : sending.input;
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
const missing = (name: string): Outcome => ({
  state: "failed",
  cause: "misconfigured",
  message: `The target can't do ${name} any more.`,
  isRetryable: false,
  retryAt: null,
});

function inBatches<T>(items: T[], size: number): T[][] {
  const out: T[][] = [];
  for (let i = 0; i < items.length; i += size) out.push(items.slice(i, i + size));
  return out;
}
