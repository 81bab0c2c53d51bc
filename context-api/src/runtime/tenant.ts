import { isDeepStrictEqual } from "node:util";
import { identifiersOf } from "../config/identifiers.ts";
import type { TenantConfig } from "../config/schema.ts";
import type { TenantVersion } from "../config/versions.ts";
import { type Connection, openConnections } from "../connections/connections.ts";
import { runProbes } from "../connections/probe.ts";
import { createContexts } from "../context/contexts.ts";
import { createPanelViews } from "../context/panelViews.ts";
import { createSectionRegistry } from "../context/sections/registry.ts";
import { connectionDependency, type Tenant } from "../context/tenant.ts";
import { openDeliveries } from "../deliveries/deliveryQueue.ts";
import { openIngest } from "../ingest/ingest.ts";
import { runSubscription } from "../ingest/subscriptions.ts";
import type { TenantLog } from "../log/log.ts";
import { runRetention } from "../log/retention/schedule.ts";
import type { WriterClient } from "../log/writer/client.ts";
import type { Supervise } from "../resilience/supervise.ts";
import { routesOfVersion } from "../routing/activeRoutes.ts";
import { createCustomerDataSource } from "../routing/customerDataSource.ts";
import type { ActiveRoutes } from "../routing/routes.ts";
import { startRouting } from "../routing/routing.ts";
import type { SecretProvider } from "../security/secrets/provider.ts";
import { createAlertWatch } from "../services/alerts/watchAlerts.ts";
import type { ServedTenant, TenantConfiguration } from "../services/servedTenant.ts";
import { loadLastAnswers } from "../store/tables/connectionHealth.ts";
import { watchDrift } from "../sync/driftWatch.ts";
import { recordHealthChange } from "../sync/health.ts";
import { type Sync, startSync } from "../sync/runner.ts";
import { createCallLog } from "../telemetry/callLog.ts";
import type { RuntimeOptions } from "./options.ts";
import { resumeCircuits } from "./resumeCircuits.ts";

/** What a tenant is opened with and keeps when its configuration changes. */
export interface TenantDeps {
  log: TenantLog;
  writer: WriterClient;
  supervise: Supervise;
  secrets: SecretProvider;
  configuration: TenantConfiguration;
  options: RuntimeOptions;
}

/** A tenant with its open connections, before background work is started. */
export type PreparedTenant = Omit<ServedTenant, "syncs" | "routing" | "closed">;

export interface RunningTenant {
  served: ServedTenant;
  /** Stops background work: pulls, deliveries, subscriptions. Requests are still answered. */
  stop(): Promise<void>;
  /** Ends the streams of this opening of the tenant. */
  end(): void;
}

/**
 * @param previous the same tenant with its previous configuration: connections that did not change stay open
 * @throws {ConfigError}
 */
export async function prepareTenant(
  { version, config }: TenantVersion,
  { log, secrets, configuration, options }: TenantDeps,
  previous: ServedTenant | null = null,
): Promise<PreparedTenant> {
  const { clock, logger, metrics } = options;
  const platforms = new Map((options.platforms ?? []).map((p) => [p.name, p]));
  const alertWatch = previous?.alertWatch ?? createAlertWatch({ clock, logger });
  const callLog = previous?.tenant.callLog ?? createCallLog();
  const connections = openConnections({
    tenant: log.tenant,
    config: options.platforms ? config : { ...config, connections: [] },
    reusable: previous ? unchangedConnections(previous.tenant, config) : new Map(),
    platforms,
    secrets,
    clock,
    callLog,
    lastAnswers: await loadLastAnswers(log.store),
    onCall(platform, call) {
      const { status, priority, ms } = call;
      logger.debug({ tenant: log.tenant, platform, ...call }, "call");
      metrics.platformCalls.inc({ tenant: log.tenant, platform, priority, status: String(status) });
      metrics.platformSeconds.observe({ platform }, ms / 1000);
    },
    onUnexpectedError: (connection, error) =>
      logger.error({ err: error, tenant: log.tenant, connection }, "an adapter failed with an unexpected error"),
    onCircuitChange(connection) {
      log.invalidate(connectionDependency(connection.id));
      alertWatch.wake();
    },
    onHealthChange: (connection) => recordHealthChange(connection, log, logger),
  });
  if (options.pull)
    await resumeCircuits(
      connections.filter((connection) => !previous?.tenant.connections.includes(connection)),
      log,
    );
  const sections = createSectionRegistry(options.sections);
  const tenant: Tenant = {
    id: log.tenant,
    config,
    configVersion: version,
    log,
    connections,
    platforms,
    clock,
    callLog,
    sections,
  };
  return {
    tenant,
    contexts: createContexts(tenant),
    ingest: openIngest({
      log,
      connections,
      secret: (name) => secrets.get(name),
      identifiers: identifiersOf(config),
      clock,
      logger,
    }),
    panelViews: previous?.panelViews ?? createPanelViews(),
    deliveries: openDeliveries(log),
    alertWatch,
    configuration,
  };
}

/** By id. Of the tenant's own configuration, a connection depends on the time zone and on what makes identifiers canonical. */
function unchangedConnections(previous: Tenant, next: TenantConfig): Map<string, Connection> {
  const sharedParts = ({ timeZone, defaultCountry, freeMailDomains }: TenantConfig) => [
    timeZone,
    defaultCountry,
    freeMailDomains,
  ];
  if (!isDeepStrictEqual(sharedParts(previous.config), sharedParts(next))) return new Map();
  const configOf = ({ connections }: TenantConfig, id: string) => connections.find((c) => c.id === id);
  const unchangedConnections = previous.connections.filter(({ id }) =>
    isDeepStrictEqual(configOf(previous.config, id), configOf(next, id)),
  );
  return new Map(unchangedConnections.map((connection) => [connection.id, connection]));
}

/** The compiled routes of the tenant's active configuration. */
export const routesOf = ({ config, configVersion, connections }: Tenant): ActiveRoutes =>
  routesOfVersion(configVersion, config, connections);

/** Starts the background work of a tenant, if this process pulls. */
export function startTenant(preparedTenant: PreparedTenant, { writer, supervise, options }: TenantDeps): RunningTenant {
  const { tenant, contexts, ingest, alertWatch } = preparedTenant;
  const { log, connections, config } = tenant;
  const { pull, clock, logger, metrics } = options;
  const stopping = new AbortController();
  const closing = new AbortController();
  const { signal } = stopping;
  const syncs = new Map<string, Sync>();
  for (const connection of pull ? connections : [])
    syncs.set(connection.id, startSync({ log, connection, clock, logger, metrics, timeZone: config.timeZone, supervise }));
  const customerData = createCustomerDataSource(tenant, contexts);
  const routing = pull
    ? startRouting({
        log,
        clock,
        logger,
        connections,
        routes: routesOf(tenant),
        customerData,
        supervise,
        onDeadLetter: alertWatch.wake,
      })
    : null;
  const tasks: Promise<void>[] = [];
  const start = (name: string, run: () => Promise<void>) => tasks.push(supervise({ name, tenant: tenant.id, run }, signal));
  const { retention } = config;
  if (pull)
    start("retention", () =>
      runRetention({ log, retention, writer, clock, logger, acceptClock: options.acceptClock ?? false }, signal),
    );
  for (const connection of connections) {
    const sync = syncs.get(connection.id);
    if (!sync) continue;
    const { id, connector } = connection;
    start(`probes of ${id}`, () => runProbes({ connection, clock }, signal));
    if (connector.subscribe)
      start(`subscription of ${id}`, () =>
        runSubscription({ log, connection, sync, followUps: ingest.followUps, clock, logger }, signal),
      );
    if (connector.shape) start(`schema check of ${id}`, () => watchDrift({ log, connection, clock, logger }, signal));
  }
  const servedTenant = { ...preparedTenant, syncs, routing, closed: closing.signal };
  if (pull) start("alerts", () => alertWatch.run(servedTenant, signal));
  return {
    served: servedTenant,
    async stop() {
      stopping.abort();
      await routing?.stop();
      await Promise.all(tasks);
      await Promise.all([...syncs.values()].map((sync) => sync.stop()));
    },
    end: () => closing.abort(),
  };
}

/** Closes a tenant's connections, except those that the next configuration keeps open. */
export async function closeTenant(
  { tenant, ingest }: ServedTenant,
  connectionsToKeep: readonly Connection[] = [],
): Promise<void> {
  await ingest.followUps.stop();
  await Promise.all(tenant.connections.filter((c) => !connectionsToKeep.includes(c)).map((c) => c.connector.close()));
}
