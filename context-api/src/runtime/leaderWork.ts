import { channelNames } from "../config/alerts.ts";
import type { TenantVersion } from "../config/versions.ts";
import { runCallRetention } from "../connections/callRetention.ts";
import { runHeartbeat } from "../connections/heartbeat.ts";
import type { ConsentChecks } from "../context/consent.ts";
import { createOverviewConsumer } from "../context/overview/overviewConsumer.ts";
import type { Tenant } from "../context/tenant.ts";
import { type DeliveryWorkers, queueName } from "../deliveries/workers.ts";
import { createFieldsConsumer } from "../fields/fieldsConsumer.ts";
import { openFieldTools } from "../fields/fieldTools.ts";
import { recordFreshness } from "../freshness/recordFreshness.ts";
import { runSubscription } from "../ingest/subscriptions.ts";
import { runMatching } from "../linking/schedule.ts";
import { runStrikes } from "../linking/strikeSchedule.ts";
import { runConsumer } from "../log/consumer.ts";
import { fencedLog } from "../log/fencedLog.ts";
import { keepProjectionVersion } from "../log/replay/projectionVersion.ts";
import { runRetention } from "../log/retention/schedule.ts";
import { runQualityMeasurements } from "../quality/schedule.ts";
import { createCustomerDataSource } from "../routing/customerDataSource.ts";
import { runReplays } from "../routing/replay/runReplays.ts";
import { startRouting } from "../routing/routing.ts";
import { createCanaryWatch } from "../services/canaries/watchCanary.ts";
import { requeueHeld } from "../services/deliveries/requeueHeld.ts";
import type { ServedTenant } from "../services/servedTenant.ts";
import { publishConnectionStates } from "../sync/connectionStates.ts";
import { watchDrift } from "../sync/driftWatch.ts";
import { type Sync, startSync } from "../sync/runner.ts";
import type { Lead } from "./processGroup.ts";
import { routesOf, type TenantDeps } from "./tenantDeps.ts";

/** What only the leader of a tenant does: pulls, subscriptions, routing, alerts, retention. */
export interface LeaderWork extends Pick<ServedTenant, "routing"> {
  syncs: ReadonlyMap<string, Sync>;
  /** Uses the routes of this version from the next event on. */
  activateRoutes(next: TenantVersion): void;
  stop(): Promise<void>;
}

export interface LeaderWorkDeps extends Pick<TenantDeps, "writer" | "supervise" | "options"> {
  workers: Pick<DeliveryWorkers, "wake" | "retryNow">;
  consent: ConsentChecks;
}

/** Every commit of this work is refused as soon as another process leads the tenant. */
export function startLeaderWork(
  served: ServedTenant,
  { epoch }: Lead,
  { writer, supervise, options, workers, consent }: LeaderWorkDeps,
): LeaderWork {
  const { contexts, ingest, alertWatch } = served;
  const log = fencedLog(served.tenant.log, epoch);
  const tenant: Tenant = { ...served.tenant, log };
  const { connections, config } = tenant;
  const { clock, logger, metrics } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const tasks: Promise<void>[] = [];
  const start = (name: string, run: () => Promise<void>) => tasks.push(supervise({ name, tenant: tenant.id, run }, signal));
  const syncs = new Map<string, Sync>();
  for (const connection of connections)
    syncs.set(connection.id, startSync({ log, connection, clock, logger, metrics, timeZone: config.timeZone, supervise }));
  start("projection version", () => keepProjectionVersion({ log, writer, clock, logger, epoch }, signal));
  const customerData = createCustomerDataSource(tenant, contexts, consent);
  const canary = createCanaryWatch({ served, log, version: () => tenant.configVersion, clock, logger });
  start("canary", () => canary.run(signal));
  const routing = startRouting({
    canary: canary.current,
    log,
    clock,
    logger,
    connections,
    routes: routesOf(tenant),
    customerData,
    workers,
    supervise,
    onDeadLetter: alertWatch.wake,
    onDecisions(decisions) {
      for (const { route, decision } of decisions) metrics.routeDecisions.inc({ tenant: tenant.id, route, decision });
    },
  });
  const wakeWorkers = (deliveries: readonly { target: string; action: string }[]) =>
    workers.wake(new Set(deliveries.map(({ target, action }) => queueName(target, action))));
  start("replays", () =>
    runReplays(
      { log, clock, customerData, deliveries: served.deliveries, routes: routing.activeRoutes, onDeliveries: wakeWorkers },
      signal,
    ),
  );
  const fields = createFieldsConsumer({
    tools: openFieldTools(tenant, consent),
    deliveries: served.deliveries,
    onDecisions({ events, deliveries }) {
      wakeWorkers(deliveries);
      for (const { type, data } of events)
        metrics.fieldDecisions.inc({
          tenant: tenant.id,
          field: String(data["field"]),
          decision: type.slice(type.lastIndexOf(".") + 1),
        });
    },
  });
  if (fields) start("consumer fields", () => runConsumer(fields, { log, clock, logger }, signal));
  const overview = createOverviewConsumer(tenant, contexts);
  start("consumer overview", () => runConsumer(overview, { log, clock, logger }, signal));
  const { retention } = config;
  const acceptClock = options.acceptClock ?? false;
  start("retention", () => runRetention({ log, retention, writer, clock, logger, acceptClock, epoch }, signal));
  start("call retention", () => runCallRetention({ log, retention, clock, logger }, signal));
  for (const connection of connections) {
    const { id, connector } = connection;
    const sync = syncs.get(id);
    // What only receives messages cannot be checked without sending one.
    const pullAll = () => {
      for (const { name } of connector.streams) sync?.pullNow(name);
      sync?.retryNow();
    };
    if (connector.streams.length > 0) start(`heartbeat of ${id}`, () => runHeartbeat({ connection, clock, pullAll }, signal));
    if (connector.subscribe && sync)
      start(`subscription of ${id}`, () =>
        runSubscription({ log, connection, sync, followUps: ingest.followUps, clock, logger }, signal),
      );
    if (connector.shape) start(`schema check of ${id}`, () => watchDrift({ log, connection, clock, logger }, signal));
  }
  const { quality: measurements } = served;
  start("quality", () => runQualityMeasurements({ tenant: tenant.id, measurements, clock, logger, metrics }, signal));
  const automatic = () => tenant.config.identity.automatic;
  const onLinked = () => requeueHeld({ tenant, deliveries: served.deliveries });
  start("matching", () => runMatching({ log, automatic, onLinked, clock, logger, metrics }, signal));
  start("strikes", () => runStrikes({ log, clock }, signal));
  start("freshness", () => recordFreshness({ log, connections, syncs, clock, logger }, signal));
  start("alerts", () => alertWatch.run({ tenant, syncs, routing }, signal));
  const messageTools = { tenant, channels: served.alertChannels, clock, logger, metrics };
  for (const channel of channelNames)
    start(`alert messages of ${channel}`, () => served.alertMessages.run(channel, messageTools, signal));
  // Without an epoch, there is no other process that could read them.
  if (epoch !== null) tasks.push(publishConnectionStates({ log, connections, syncs }, signal));
  return {
    syncs,
    routing,
    activateRoutes({ version, config: nextConfig }) {
      tenant.config = nextConfig;
      tenant.configVersion = version;
      routing.activate(routesOf(tenant));
    },
    async stop() {
      stopping.abort();
      // All at once: what ends slowly must not keep pulls running that another process makes by now.
      await Promise.all([routing.stop(), ...tasks, ...[...syncs.values()].map((sync) => sync.stop())]);
    },
  };
}
