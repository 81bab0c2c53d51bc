import { isDeepStrictEqual } from "node:util";
import type { TenantConfig } from "../config/schema.ts";
import type { TenantVersion } from "../config/versions.ts";
import { type Connection, openConnections } from "../connections/connections.ts";
import { createContexts } from "../context/contexts.ts";
import { createSightings } from "../context/panelViews.ts";
import { connectionDependency, type Tenant } from "../context/tenant.ts";
import { openDeliveries } from "../deliveries/deliveryQueue.ts";
import type { ServedTenant, TenantConfiguration } from "../http/deps.ts";
import { openHub } from "../ingest/ingest.ts";
import { keepSubscribed } from "../ingest/subscriptions.ts";
import type { TenantLog } from "../log/log.ts";
import { keepPruned } from "../log/retention/schedule.ts";
import type { WriterClient } from "../log/writer/client.ts";
import { routeKnowledge } from "../routing/customerKnowledge.ts";
import { compileRoutes, type RoutesInUse } from "../routing/routes.ts";
import { startRouting } from "../routing/routing.ts";
import type { SecretProvider } from "../security/secrets/provider.ts";
import { watchDrift } from "../sync/driftWatch.ts";
import { knownHealth, noteHealth } from "../sync/health.ts";
import { type Sync, startSync } from "../sync/runner.ts";
import { createCallLog } from "../telemetry/callLog.ts";
import type { RuntimeOptions } from "./options.ts";

/** What a tenant is opened with, and keeps when its configuration changes. */
export interface TenantTools {
  log: TenantLog;
  writer: WriterClient;
  secrets: SecretProvider;
  configuration: TenantConfiguration;
  options: RuntimeOptions;
}

/** A tenant with everything open that its configuration names. Nothing is done by itself yet. */
export type Prepared = Omit<ServedTenant, "syncs" | "routing" | "ended">;

/** A tenant that is served. */
export interface Running {
  served: ServedTenant;
  /** Ends whatever is done by itself: pulls, deliveries, listening. Requests are still answered. */
  stop(): Promise<void>;
  /** Ends what holds on to this opening of the tenant: its streams. */
  end(): void;
}

/**
 * @param before the same tenant as it is now: connections that stay the same stay open
 * @throws {ConfigError}
 */
export async function prepareTenant(
  { version, config }: TenantVersion,
  { log, secrets, configuration, options }: TenantTools,
  before: ServedTenant | null = null,
): Promise<Prepared> {
  const { clock, logger, metrics } = options;
  const platforms = new Map((options.platforms ?? []).map((p) => [p.name, p]));
  const callLog = before?.tenant.callLog ?? createCallLog();
  const connections = openConnections({
    tenant: log.tenant,
    config: options.platforms ? config : { ...config, connections: [] },
    open: before ? unchanged(before.tenant, config) : new Map(),
    platforms,
    secrets,
    clock,
    callLog,
    known: await knownHealth(log.store),
    onCall(platform, call) {
      const { status, lane, ms } = call;
      logger.debug({ tenant: log.tenant, platform, ...call }, "call");
      metrics.platformCalls.inc({ tenant: log.tenant, platform, lane, status: String(status) });
      metrics.platformSeconds.observe({ platform }, ms / 1000);
    },
    onBug: (connection, error) =>
      logger.error({ err: error, tenant: log.tenant, connection }, "an adapter failed in an unknown way"),
    onHealthChange(connection) {
      log.touch(connectionDependency(connection.id));
      noteHealth(connection, log, clock.now(), logger);
    },
  });
  const tenant: Tenant = { id: log.tenant, config, configVersion: version, log, connections, platforms, clock, callLog };
  return {
    tenant,
    contexts: createContexts(tenant),
    hub: openHub({ log, connections, secret: (name) => secrets.get(name), clock, logger }),
    sightings: before?.sightings ?? createSightings(),
    deliveries: openDeliveries(log),
    configuration,
  };
}

/** By id. A connection knows of its tenant's configuration no more than the time zone. */
function unchanged(before: Tenant, next: TenantConfig): Map<string, Connection> {
  if (before.config.timeZone !== next.timeZone) return new Map();
  const told = ({ connections }: TenantConfig, id: string) => connections.find((c) => c.id === id);
  const same = before.connections.filter(({ id }) => isDeepStrictEqual(told(before.config, id), told(next, id)));
  return new Map(same.map((connection) => [connection.id, connection]));
}

/** Routes as this tenant follows them, by its configuration as it stands. */
export function routesOf({ config, configVersion, connections }: Tenant): RoutesInUse {
  const { routes } = compileRoutes(config.routing, connections);
  return { routes, settings: config.routing.settings, version: configVersion };
}

/** Begins what a tenant does by itself. */
export function startTenant(prepared: Prepared, { writer, options }: TenantTools): Running {
  const { tenant, contexts, hub } = prepared;
  const { log, connections, config } = tenant;
  const { pull, clock, logger } = options;
  const stopping = new AbortController();
  const ending = new AbortController();
  const { signal } = stopping;
  const syncs = new Map<string, Sync>(
    pull ? connections.map((c) => [c.id, startSync({ log, connection: c, clock, logger, timeZone: config.timeZone })]) : [],
  );
  const knowledge = routeKnowledge(tenant, contexts);
  const routing = pull ? startRouting({ log, clock, logger, connections, use: routesOf(tenant), knowledge }) : null;
  const chores = pull ? [keepPruned({ tenant: tenant.id, retention: config.retention, writer, clock, logger }, signal)] : [];
  for (const connection of pull ? connections : []) {
    const sync = syncs.get(connection.id)!;
    // What platforms tell by themselves, where a connection's settings ask for it.
    chores.push(keepSubscribed({ log, connection, sync, followUps: hub.followUps, clock, logger }, signal));
    chores.push(watchDrift({ log, connection, clock, logger }, signal));
  }
  return {
    served: { ...prepared, syncs, routing, ended: ending.signal },
    async stop() {
      stopping.abort();
      await routing?.stop();
      await Promise.all(chores);
      await Promise.all([...syncs.values()].map((sync) => sync.stop()));
    },
    end: () => ending.abort(),
  };
}

/** Closes what a tenant's opening opened, but for connections that live on. */
export async function closeTenant({ tenant, hub }: ServedTenant, stay: readonly Connection[] = []): Promise<void> {
  await hub.followUps.stop();
  await Promise.all(tenant.connections.filter((c) => !stay.includes(c)).map((c) => c.connector.close()));
}
