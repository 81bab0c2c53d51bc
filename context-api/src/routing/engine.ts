import type { RoutingConfig } from "../config/routing.ts";
import type { TenantLog } from "../events/log.ts";
import type { Clock } from "../operations/clock.ts";
import type { Logger } from "../operations/logger.ts";
import type { Connection } from "../platforms/connections.ts";
import { openDeliveries } from "./deliveries.ts";
import type { DocumentOf } from "./document.ts";
import { followLog } from "./router.ts";
import type { Route } from "./routes.ts";
import { startWorker, type Worker } from "./worker.ts";

export interface RoutingDeps {
  log: TenantLog;
  clock: Clock;
  logger: Logger;
  connections: readonly Connection[];
  config: RoutingConfig;
  routes: readonly Route[];
  /** Version of the configuration that the routes come from. */
  version: string;
  documentOf: DocumentOf;
}

export interface Routing {
  /** Deliveries may have become due: one was retried. */
  wake(): void;
  stop(): Promise<void>;
}

/** Carries one tenant's events to their targets. */
export function startRouting(deps: RoutingDeps): Routing {
  const { log, clock, logger, connections, config, routes, version, documentOf } = deps;
  const stopping = new AbortController();
  const deliveries = openDeliveries(log);
  const held = new Set(routes.filter((r) => r.config.onFailure === "hold").map((r) => r.id));
  const workers: Worker[] = connections
    .filter((c) => c.connector.actions)
    .map((target) => startWorker({ log, clock, target, deliveries, holds: (route) => held.has(route), logger }, stopping.signal));
  const wake = () => {
    for (const worker of workers) worker.wake();
  };
  const following = followLog(
    {
      log,
      clock,
      documentOf,
      deliveries,
      routes: () => ({ routes, settings: config.settings, version }),
      onDeliveries: wake,
      logger,
    },
    stopping.signal,
  );
  return {
    wake,
    async stop() {
      stopping.abort();
      await Promise.allSettled([following, ...workers.map((w) => w.done)]);
    },
  };
}
