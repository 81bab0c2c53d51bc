import type { Clock } from "@sidelight/model/clock.ts";
import type { OnFailure } from "../config/routing.ts";
import type { Connection } from "../connections/connections.ts";
import { type Deliveries, type NewDelivery, openDeliveries } from "../deliveries/deliveryQueue.ts";
import { startWorker } from "../deliveries/worker.ts";
import { runConsumer } from "../log/consumer.ts";
import type { TenantLog } from "../log/log.ts";
import type { Logger } from "../telemetry/logger.ts";
import { createHealthConsumer } from "./healthConsumer.ts";
import type { CustomerDataSource } from "./routeDocument.ts";
import { createRouter } from "./router.ts";
import type { ActiveRoutes } from "./routes.ts";

export interface RoutingDeps {
  log: TenantLog;
  clock: Clock;
  logger: Logger;
  connections: readonly Connection[];
  routes: ActiveRoutes;
  customerData: CustomerDataSource;
}

export interface Routing {
  /** Tries due deliveries now, even while a circuit is open. */
  retryNow(): void;
  activeRoutes(): ActiveRoutes;
  /** Uses these routes from the next event on. */
  activate(routes: ActiveRoutes): void;
  stop(): Promise<void>;
}

/** Routes one tenant's events and delivers them to their targets. */
export function startRouting(deps: RoutingDeps): Routing {
  const { log, clock, logger, connections, customerData } = deps;
  let active = deps.routes;
  const stopping = new AbortController();
  const deliveries = openDeliveries(log);
  const onFailure = (id: string): OnFailure => active.routes.find((r) => r.id === id)?.config.onFailure ?? "continue";
  const hasDeclined = (ref: string) => customerData.hasDeclined(ref);
  const workers = connections.flatMap((target) =>
    Object.entries(target.connector.actions ?? {}).map(([name, action]) => ({
      name: workerName(target.id, name),
      ...startWorker({ log, clock, target, name, action, deliveries, hasDeclined, onFailure, logger }, stopping.signal),
    })),
  );
  const cleanUp = deadLetterUnknown(connections, deliveries, log, clock).catch((error: unknown) =>
    logger.error({ err: error, tenant: log.tenant }, "deliveries of removed actions could not be dead-lettered"),
  );
  const wake = (names: ReadonlySet<string>) => {
    for (const worker of workers) if (names.has(worker.name)) worker.wake();
  };
  const onDeliveries = (newDeliveries: readonly NewDelivery[]) =>
    wake(new Set(newDeliveries.map(({ target, action }) => workerName(target, action))));
  const router = createRouter({ log, clock, customerData, deliveries, routes: () => active, onDeliveries });
  const consumers = [router, createHealthConsumer(log, customerData)];
  const runs = consumers.map((consumer) => runConsumer(consumer, { log, clock, logger }, stopping.signal));
  return {
    retryNow() {
      for (const worker of workers) worker.retryNow();
    },
    activeRoutes: () => active,
    activate(routes) {
      active = routes;
    },
    async stop() {
      stopping.abort();
      await Promise.allSettled([...runs, cleanUp, ...workers.map((w) => w.done)]);
    },
  };
}

const workerName = (target: string, action: string): string => `${target}\n${action}`;

/** No worker performs an action that its target no longer has. */
async function deadLetterUnknown(
  connections: readonly Connection[],
  deliveries: Deliveries,
  log: TenantLog,
  clock: Clock,
): Promise<void> {
  const statements = connections.map((c) =>
    deliveries.deadLetterUnknown(c.id, Object.keys(c.connector.actions ?? {}), clock.now()),
  );
  await log.commit({ statements, correlationId: "routing" });
}
