import type { Clock } from "@sidelight/model/clock.ts";
import type { OnFailure } from "../config/routing.ts";
import type { Connection } from "../connections/connections.ts";
import { type Deliveries, type NewDelivery, openDeliveries } from "../deliveries/deliveryQueue.ts";
import { startWorker } from "../deliveries/worker.ts";
import { follow } from "../log/consumer.ts";
import type { TenantLog } from "../log/log.ts";
import type { Logger } from "../telemetry/logger.ts";
import { standings } from "./healthConsumer.ts";
import type { Knowledge } from "./routeDocument.ts";
import { router } from "./router.ts";
import type { RoutesInUse } from "./routes.ts";

export interface RoutingDeps {
  log: TenantLog;
  clock: Clock;
  logger: Logger;
  connections: readonly Connection[];
  use: RoutesInUse;
  knowledge: Knowledge;
}

export interface Routing {
  /** Somebody wants what is due to be tried now. */
  retry(): void;
  inUse(): RoutesInUse;
  /** Follows these from the next event on. */
  use(routes: RoutesInUse): void;
  stop(): Promise<void>;
}

/** Carries one tenant's events to their targets. */
export function startRouting(deps: RoutingDeps): Routing {
  const { log, clock, logger, connections, knowledge } = deps;
  let inUse = deps.use;
  const stopping = new AbortController();
  const deliveries = openDeliveries(log);
  const onFailure = (id: string): OnFailure => inUse.routes.find((r) => r.id === id)?.config.onFailure ?? "continue";
  const workers = connections.flatMap((target) =>
    Object.entries(target.connector.actions ?? {}).map(([name, action]) => ({
      name: workerName(target.id, name),
      ...startWorker({ log, clock, target, name, action, deliveries, knowledge, onFailure, logger }, stopping.signal),
    })),
  );
  const dropped = dropUnknown(connections, deliveries, log, clock).catch((error: unknown) =>
    logger.error({ err: error, tenant: log.tenant }, "deliveries of actions that are gone could not be given up"),
  );
  const wake = (names: ReadonlySet<string>) => {
    for (const worker of workers) if (names.has(worker.name)) worker.wake();
  };
  const onDeliveries = (made: readonly NewDelivery[]) =>
    wake(new Set(made.map(({ target, action }) => workerName(target, action))));
  const followers = [router({ log, clock, knowledge, deliveries, routes: () => inUse, onDeliveries }), standings(log, knowledge)];
  const following = followers.map((follower) => follow(follower, { log, clock, logger }, stopping.signal));
  return {
    retry() {
      for (const worker of workers) worker.insist();
    },
    inUse: () => inUse,
    use(routes) {
      inUse = routes;
    },
    async stop() {
      stopping.abort();
      await Promise.allSettled([...following, dropped, ...workers.map((w) => w.done)]);
    },
  };
}

const workerName = (target: string, action: string): string => `${target}\n${action}`;

/** What waits for an action that its target doesn't have any more waits for nobody. */
async function dropUnknown(
  connections: readonly Connection[],
  deliveries: Deliveries,
  log: TenantLog,
  clock: Clock,
): Promise<void> {
  const statements = connections.map((c) => deliveries.dropUnknown(c.id, Object.keys(c.connector.actions ?? {}), clock.now()));
  await log.commit({ statements, correlationId: "routing" });
}
