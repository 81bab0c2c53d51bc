import type { Clock } from "@sidelight/model/clock.ts";
import type { OnFailure } from "../config/routing.ts";
import type { Connection } from "../connections/connections.ts";
import { type Deliveries, type NewDelivery, openDeliveries } from "../deliveries/deliveryQueue.ts";
import { maxRetryDelayMs } from "../deliveries/settle.ts";
import { type DeliveryWorkers, queueName, startDeliveryWorkers } from "../deliveries/workers.ts";
import { runConsumer } from "../log/consumer.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import type { Supervise } from "../resilience/supervise.ts";
import type { Logger } from "../telemetry/logger.ts";
import { sweepAccountFigures } from "./accountFigures.ts";
import type { CanaryRoutes } from "./canary/canary.ts";
import { createHealthConsumer } from "./healthConsumer.ts";
import { sweepHealthFalls } from "./healthSweep.ts";
import type { CustomerDataSource } from "./routeDocument.ts";
import { createRouter, type RouterDeps } from "./router.ts";
import type { ActiveRoutes } from "./routes.ts";

/** How long routing waits for the author of a change. */
const maxAuthorMs = 5_000;

export interface RoutingDeps {
  log: TenantLog;
  clock: Clock;
  logger: Logger;
  connections: readonly Connection[];
  routes: ActiveRoutes;
  customerData: CustomerDataSource;
  /** Routes that are tried with a part of the events. */
  canary?: (() => CanaryRoutes | null) | undefined;
  /** Send the deliveries, here or in other processes. Started and stopped with the routing when left out. */
  workers?: Pick<DeliveryWorkers, "wake" | "retryNow">;
  /** Called after a delivery was created as a dead letter. */
  onDeadLetter?: () => void;
  /** Called after the decisions about events were committed: by route, a reason or `delivery`. */
  onDecisions?: RouterDeps["onDecisions"];
  supervise: Supervise;
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
  const { log, clock, logger, connections, customerData, supervise } = deps;
  let active = deps.routes;
  const stopping = new AbortController();
  const deliveries = openDeliveries(log);
  const onFailure = (id: string): OnFailure => active.routes.find((r) => r.id === id)?.config.onFailure ?? "continue";
  const { withdrawalOf, prefetchConsent } = customerData;
  const ownWorkers = deps.workers
    ? null
    : startDeliveryWorkers({
        log,
        clock,
        connections,
        deliveries,
        creations: null,
        withdrawalOf,
        prefetchConsent,
        onFailure,
        logger,
      });
  const workers = deps.workers ?? ownWorkers;
  const cleanUp = tidyDeliveries(connections, deliveries, log, clock).catch((error: unknown) =>
    logger.error({ err: error, tenant: log.tenant }, "deliveries of earlier runs could not be tidied"),
  );
  const onDeliveries = (newDeliveries: readonly NewDelivery[]) => {
    workers?.wake(new Set(newDeliveries.map(({ target, action }) => queueName(target, action))));
    if (newDeliveries.some(({ state }) => state === "dead_letter")) deps.onDeadLetter?.();
  };
  const router = createRouter({
    log,
    clock,
    customerData,
    deliveries,
    routes: () => active,
    canary: deps.canary,
    signal: stopping.signal,
    isOwnChange: (event) => isOwnChange(event, connections, stopping.signal),
    onDeliveries,
    onDecisions: deps.onDecisions,
  });
  const riskSettings = () => active.settings.risk;
  const consumers = [router, createHealthConsumer(log, customerData, riskSettings)];
  const runs = consumers.map((consumer) => {
    const run = () => runConsumer(consumer, { log, clock, logger }, stopping.signal);
    return supervise({ name: `consumer ${consumer.name}`, tenant: log.tenant, run }, stopping.signal);
  });
  const sweep = () => sweepHealthFalls({ log, clock, customerData, settings: riskSettings }, stopping.signal);
  runs.push(supervise({ name: "confirmation of health falls", tenant: log.tenant, run: sweep }, stopping.signal));
  const figures = () => sweepAccountFigures({ log, clock, customerData, routes: () => active }, stopping.signal);
  runs.push(supervise({ name: "figures of accounts", tenant: log.tenant, run: figures }, stopping.signal));
  return {
    retryNow() {
      workers?.retryNow();
    },
    activeRoutes: () => active,
    activate(routes) {
      active = routes;
    },
    async stop() {
      stopping.abort();
      await Promise.allSettled([...runs, cleanUp, ownWorkers?.stop()]);
    },
  };
}

/** Without an answer of the platform the change counts as someone else's: a report of our own write is then routed once. */
async function isOwnChange(
  { connection, payload, timestamp }: LoggedEvent,
  connections: readonly Connection[],
  signal: AbortSignal,
): Promise<boolean> {
  const connector = connections.find(({ id }) => id === connection)?.connector;
  if (!connector?.isOwnChange || !payload) return false;
  const options = { priority: "webhook", signal: AbortSignal.any([signal, AbortSignal.timeout(maxAuthorMs)]) } as const;
  return await connector.isOwnChange(payload.ref, timestamp, options).catch(() => false);
}

/** No worker performs an action that its target no longer has, and no delivery waits longer than our own delays. */
async function tidyDeliveries(
  connections: readonly Connection[],
  deliveries: Deliveries,
  log: TenantLog,
  clock: Clock,
): Promise<void> {
  const statements = connections.map((c) =>
    deliveries.deadLetterUnknown(c.id, Object.keys(c.connector.actions ?? {}), clock.now()),
  );
  const now = clock.now();
  await log.commit({ statements: [...statements, deliveries.limitWaits(now + maxRetryDelayMs, now)], correlationId: "routing" });
}
