import type { OnFailure, RoutingSettings } from "../config/routing.ts";
import type { TenantLog } from "../events/log.ts";
import type { Clock } from "../operations/clock.ts";
import type { Logger } from "../operations/logger.ts";
import type { Connection } from "../platforms/connections.ts";
import { openDeliveries } from "./deliveries.ts";
import type { Knowledge } from "./document.ts";
import { followLog } from "./router.ts";
import type { Route } from "./routes.ts";
import { startWorker, type Worker } from "./worker.ts";

export interface RoutingDeps {
  log: TenantLog;
  clock: Clock;
  logger: Logger;
  connections: readonly Connection[];
  use: RoutesInUse;
  knowledge: Knowledge;
}

/** The routes that are followed, and where they come from. */
export interface RoutesInUse {
  routes: readonly Route[];
  settings: RoutingSettings;
  /** Version of the configuration, named by every delivery. */
  version: string;
}

export interface Routing {
  /** Deliveries may have become due: one was retried. */
  wake(): void;
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
  const workers: Worker[] = connections
    .filter((c) => c.connector.actions)
    .map((target) => startWorker({ log, clock, target, deliveries, knowledge, onFailure, logger }, stopping.signal));
  const wake = () => {
    for (const worker of workers) worker.wake();
  };
  const following = followLog(
    {
      log,
      clock,
      knowledge,
      deliveries,
      routes: () => inUse,
      onDeliveries: wake,
      logger,
    },
    stopping.signal,
  );
  return {
    wake,
    inUse: () => inUse,
    use(routes) {
      inUse = routes;
    },
    async stop() {
      stopping.abort();
      await Promise.allSettled([following, ...workers.map((w) => w.done)]);
    },
  };
}
