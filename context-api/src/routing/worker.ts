import type { TenantLog } from "../events/log.ts";
import type { Clock } from "../operations/clock.ts";
import type { Logger } from "../operations/logger.ts";
import type { Action, Effect, Outcome } from "../platforms/action.ts";
import type { Connection } from "../platforms/connections.ts";
import type { DeliveriesTable } from "../store/schema.ts";
import type { Statement } from "../store/statement.ts";
import type { Deliveries } from "./deliveries.ts";

export interface WorkerDeps {
  log: TenantLog;
  clock: Clock;
  target: Connection;
  deliveries: Deliveries;
  /** True when what follows for the same object waits for a person, once one was given up. */
  holds(route: string): boolean;
  logger: Logger;
}

export interface Worker {
  /** Something may be due. */
  wake(): void;
  done: Promise<void>;
}

/** Pauses between attempts, ms; together more than a day. Each is drawn from half of it to the whole. */
const pauses = [2_000, 10_000, 60_000, 300_000, 900_000, 3_600_000, 7_200_000, 14_400_000, 21_600_000, 28_800_000, 28_800_000];
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

async function deliver(due: DeliveriesTable[], deps: WorkerDeps, signal: AbortSignal): Promise<void> {
  const byAction = Map.groupBy(due, (d) => d.action);
  for (const [name, deliveries] of byAction) {
    const action = deps.target.connector.actions?.[name];
    if (!action) await settleAll(deliveries, missing(name), deps);
    else
      for (const some of inBatches(await joined(deliveries, action, deps), action.batch))
        await perform(action, some, deps, signal);
  }
}

async function perform(action: Action, joins: Joined[], deps: WorkerDeps, signal: AbortSignal): Promise<void> {
  const { target, log, clock, logger } = deps;
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
  const now = clock.now();
  const statements: Statement[] = [];
  for (const [i, { deliveries }] of joins.entries()) {
    for (const delivery of deliveries) statements.push(...settled(delivery, outcomes[i] ?? bug, now, deps));
  }
  await log.commit({ statements, correlationId: "delivery" });
}

/** Joins what says the same thing again, in the order of its events. What was erased meanwhile is nothing to send. */
async function joined(deliveries: DeliveriesTable[], action: Action, deps: WorkerDeps): Promise<Joined[]> {
  const joins = new Map<string, Joined>();
  const erased: DeliveriesTable[] = [];
  for (const delivery of deliveries) {
    const sending = await deps.deliveries.open(delivery);
    if (sending === null) {
      erased.push(delivery);
      continue;
    }
    const { input, at } = sending;
    const name = delivery.name ?? delivery.id;
    const before = joins.get(name);
    const merged = before && action.merge ? action.merge(before.effect.input, input) : input;
    const effect = { id: delivery.id, input: merged, at };
    joins.set(name, { deliveries: [...(before?.deliveries ?? []), delivery], effect });
  }
  if (erased.length > 0) await settleAll(erased, { state: "done", ref: null, wrote: false }, deps);
  return [...joins.values()];
}

async function settleAll(deliveries: DeliveriesTable[], outcome: Outcome, deps: WorkerDeps): Promise<void> {
  const now = deps.clock.now();
  const statements = deliveries.flatMap((delivery) => settled(delivery, outcome, now, deps));
  await deps.log.commit({ statements, correlationId: "delivery" });
}

function settled(delivery: DeliveriesTable, outcome: Outcome, now: number, deps: WorkerDeps): Statement[] {
  const attempts = delivery.attempts + 1;
  if (outcome.state === "done") {
    const change = { state: "done", attempts, settled_at: now, ref: outcome.ref, cause: null, message: null };
    return [deps.deliveries.update(delivery.id, change)];
  }
  const { cause, message, isRetryable, retryAt } = outcome;
  // It only went along: its own time is still to come.
  if (isRetryable && delivery.next_at > now) return [];
  const pause = pauses[attempts - 1];
  if (isRetryable && pause !== undefined) {
    const next_at = Math.max(now + pause / 2 + (Math.random() * pause) / 2, retryAt ?? 0);
    return [deps.deliveries.update(delivery.id, { attempts, cause, message, next_at: Math.round(next_at) })];
  }
  deps.logger.warn(
    { tenant: deps.log.tenant, target: deps.target.id, route: delivery.route, delivery: delivery.id, cause },
    "a delivery was given up",
  );
  const dead = deps.deliveries.update(delivery.id, { state: "dead", attempts, cause, message, settled_at: now });
  return deps.holds(delivery.route) ? [dead, holdOthers(delivery, deps)] : [dead];
}

/** What waits for the same object goes no further. */
function holdOthers({ subject, target, route }: DeliveriesTable, { log }: WorkerDeps): Statement {
  return log.store.statements
    .updateTable("deliveries")
    .set({ state: "held" })
    .where("tenant", "=", log.tenant)
    .where("route", "=", route)
    .where("target", "=", target)
    .where("subject", "=", subject)
    .where("state", "=", "waiting")
    .compile();
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
