import type { Clock } from "@sidelight/model/clock.ts";
import type { Deliveries, NewDelivery } from "../../deliveries/deliveryQueue.ts";
import { listEventsAfter } from "../../log/listEvents.ts";
import { yieldToEventLoop } from "../../resilience/yieldToEventLoop.ts";
import type { ReplaysTable } from "../../store/schema.ts";
import { loadBacklogs } from "../../store/tables/deliveryFigures.ts";
import { endReplay, findReplay, listRunningReplays, saveReplayProgress } from "../../store/tables/replays.ts";
import type { ActiveRoutes } from "../routes.ts";
import { createReplayPlanner, type ReplayDeps, type ReplayPlanner, routesOfScope } from "./planReplay.ts";
import { countsOf, scopeOf } from "./replayRow.ts";

/** Announced when a replay was started or stopped. */
export const replaysTopic = "replays";

export interface RunReplaysDeps extends ReplayDeps {
  clock: Clock;
  deliveries: Deliveries;
  routes(): ActiveRoutes;
  /** Called after new deliveries were committed. */
  onDeliveries(deliveries: readonly NewDelivery[]): void;
}

const idleMs = 10_000;
/** Events that are read together. */
const batchSize = 100;
const minStepMs = 1_000;
/** A replay waits while more deliveries than these wait for its target, so that a stop leaves few. */
const maxBacklog = 100;
const backlogWaitMs = 5_000;

/**
 * Runs the replays of a tenant until the signal is aborted. A replay's position moves in the commit of its deliveries, so that another
 * process goes on where this one ended.
 */
export async function runReplays(deps: RunReplaysDeps, signal: AbortSignal): Promise<void> {
  const { log, clock } = deps;
  const planners = new Map<string, ReplayPlanner>();
  /** By the monotonic clock. */
  const dueAt = new Map<string, number>();
  while (!signal.aborted) {
    const wakeUp = new AbortController();
    const unsubscribe = log.onAnnounced((topic) => void (topic === replaysTopic && wakeUp.abort()));
    try {
      const runningReplays = await listRunningReplays(log.store);
      for (const id of dueAt.keys()) if (!runningReplays.some((row) => row.id === id)) forget(id);
      for (const row of runningReplays) {
        if ((dueAt.get(row.id) ?? 0) > clock.monotonic()) continue;
        const waitMs = await runStep(row, plannerOf(row), deps);
        dueAt.set(row.id, clock.monotonic() + waitMs);
      }
      const waits = runningReplays.map(({ id }) => (dueAt.get(id) ?? 0) - clock.monotonic());
      const waitMs = Math.max(0, Math.min(idleMs, ...waits));
      if (waitMs > 0) await clock.sleep(waitMs, AbortSignal.any([signal, wakeUp.signal])).catch(() => {});
      await yieldToEventLoop();
    } finally {
      unsubscribe();
    }
  }

  function plannerOf(row: ReplaysTable): ReplayPlanner {
    const planner = planners.get(row.id) ?? createReplayPlanner(deps, scopeOf(row));
    planners.set(row.id, planner);
    return planner;
  }

  function forget(id: string): void {
    planners.delete(id);
    dueAt.delete(id);
  }
}

/** Creates the next deliveries of a replay. @returns how long it waits after that, ms */
async function runStep(row: ReplaysTable, plan: ReplayPlanner, deps: RunReplaysDeps): Promise<number> {
  const { log, clock, deliveries } = deps;
  const active = deps.routes();
  const scope = scopeOf(row);
  if (routesOfScope(active, scope).length === 0) {
    await end(row, "failed", noRoute(scope), deps);
    return 0;
  }
  const [backlog] = await loadBacklogs(log.store, [row.target]);
  if (backlog && backlog.count > maxBacklog) return backlogWaitMs;

  const { maxDeliveries, stepMs } = paceOf(row.per_minute);
  const counts = countsOf(row);
  const newDeliveries: NewDelivery[] = [];
  const events = await listEventsAfter(log, { after: row.position, through: row.through }, batchSize);
  let { position } = row;
  for (const event of events) {
    if (newDeliveries.length >= maxDeliveries) break;
    newDeliveries.push(...(await plan(event, active, counts)).map(({ delivery }) => delivery));
    position = event.sequence;
    await yieldToEventLoop();
  }
  // A stop takes effect before the next delivery.
  if ((await findReplay(log.store, row.id))?.state !== "running") return 0;
  const now = clock.now();
  const isDone = events.length === 0 || (position === events.at(-1)?.sequence && events.length < batchSize);
  const statements = [
    ...(await deliveries.insert(newDeliveries, now, { isRepeat: scope.isRepeat })),
    saveReplayProgress(log.store, { id: row.id, position, counts: JSON.stringify(counts), updated_at: now }),
    ...(isDone ? [endReplay(log.store, { id: row.id, state: "done", message: null, now })] : []),
  ];
  await log.commit({ statements, correlationId: row.id });
  deps.onDeliveries(newDeliveries);
  return Math.ceil((newDeliveries.length / maxDeliveries) * stepMs);
}

const noRoute = ({ target, route }: ReturnType<typeof scopeOf>): string =>
  route === null
    ? `The active configuration has no route to ${target}. Add one, and start the replay again.`
    : `The active configuration has no route ${route} to ${target}. Check its id, and start the replay again.`;

async function end(
  { id }: ReplaysTable,
  state: "failed",
  message: string,
  { log, clock }: Pick<RunReplaysDeps, "log" | "clock">,
): Promise<void> {
  await log.commit({ statements: [endReplay(log.store, { id, state, message, now: clock.now() })], correlationId: id });
}

/** How many deliveries a replay creates at once, and how long it waits after them. */
function paceOf(perMinute: number): { maxDeliveries: number; stepMs: number } {
  const maxDeliveries = Math.max(1, Math.floor((perMinute * minStepMs) / 60_000));
  return { maxDeliveries, stepMs: (maxDeliveries * 60_000) / perMinute };
}
