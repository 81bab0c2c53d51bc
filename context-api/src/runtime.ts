import type { KeyObject } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError, type LoadedConfig, loadConfig } from "./config/load.ts";
import { type Contexts, createContexts } from "./context/contexts.ts";
import { routeKnowledge } from "./context/routeKnowledge.ts";
import { createSightings } from "./context/sightings.ts";
import { connectionDependency, type Tenant } from "./context/tenant.ts";
import { openLog, type TenantLog } from "./events/log.ts";
import { keepPruned } from "./events/retention/schedule.ts";
import { startWriter, type WriterClient } from "./events/writer/client.ts";
import type { ServedTenant } from "./http/deps.ts";
import { openHub } from "./hub/hub.ts";
import { keepSubscribed } from "./hub/subscriptions.ts";
import { createCallLog } from "./operations/callLog.ts";
import type { Clock } from "./operations/clock.ts";
import type { Logger } from "./operations/logger.ts";
import type { Metrics } from "./operations/metrics.ts";
import { openConnections } from "./platforms/connections.ts";
import type { Platform } from "./platforms/platform.ts";
import { withDefaults } from "./routing/defaults.ts";
import { openDeliveries } from "./routing/deliveries.ts";
import { type Routing, startRouting } from "./routing/engine.ts";
import { compileRoutes, type Route, type RouteIssue } from "./routing/routes.ts";
import { openTenantKeys } from "./security/keyring.ts";
import { masterKey } from "./security/masterKey.ts";
import { secretProvider } from "./security/secrets/index.ts";
import { openStore, type Store } from "./store/store.ts";
import { watchDrift } from "./sync/driftWatch.ts";
import { knownHealth, noteHealth } from "./sync/health.ts";
import { readiness } from "./sync/readiness.ts";
import { type Sync, startSync } from "./sync/runner.ts";

export interface RuntimeOptions {
  configFile: string;
  dataDirectory: string;
  env: NodeJS.ProcessEnv;
  /** Null opens no connection: for commands that only read or write the store. */
  platforms: readonly Platform[] | null;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  /** False leaves the platforms alone. */
  pull: boolean;
}

/** The parts of a process, put together. */
export interface Runtime {
  config: LoadedConfig;
  tenants: ReadonlyMap<string, ServedTenant>;
  writer: WriterClient;
  /** True once every connection's first backfill is complete, or the tenant has none. */
  isReady(): { ready: boolean; reasons: string[] };
  close(): Promise<void>;
}

/** Opens store, log, connections and syncs of every tenant in the configuration. */
export async function openRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { dataDirectory, env, clock } = options;
  const config = await loadConfig(options.configFile);
  await mkdir(dataDirectory, { recursive: true });
  const file = join(dataDirectory, "sidelight.sqlite");
  const key = await masterKey(dataDirectory, env);
  const writer = startWriter({ file, masterKey: key });
  const names = Object.keys(config.config.tenants);
  const heads = new Map<string, number>();
  for (const name of names) heads.set(name, (await writer.send({ kind: "ensureTenant", tenant: name, now: clock.now() })).head);
  const store = openStore(file);
  const stopping = new AbortController();
  const chores: Promise<void>[] = [];
  const tenants = new Map<string, ServedTenant>();
  for (const name of names) {
    const log = await openTenantLog(store, writer, key, name, heads.get(name) ?? 0, clock);
    const served = await openTenant(name, config, log, options);
    tenants.set(name, served);
    if (!options.pull) continue;
    chores.push(...subscriptions(served, options, stopping.signal), ...driftWatches(served, options, stopping.signal));
    const { retention } = config.config.tenants[name]!;
    chores.push(keepPruned({ tenant: name, retention, writer, clock, logger: options.logger }, stopping.signal));
  }
  return {
    config,
    tenants,
    writer,
    isReady: () => readiness(tenants.values()),
    async close() {
      stopping.abort();
      await Promise.all([...tenants.values()].map(({ routing }) => routing?.stop()));
      await Promise.all([...chores, ...[...tenants.values()].map(({ hub }) => hub.followUps.stop())]);
      await Promise.all([...tenants.values()].flatMap(({ syncs }) => [...syncs.values()].map((sync) => sync.stop())));
      await Promise.all([...tenants.values()].flatMap(({ tenant }) => tenant.connections.map((c) => c.connector.close())));
      await writer.close();
      await store.close();
    },
  };
}

/** What platforms tell by themselves, where a connection's settings ask for it. */
function subscriptions(
  { tenant, syncs, hub }: ServedTenant,
  { clock, logger }: RuntimeOptions,
  signal: AbortSignal,
): Promise<void>[] {
  const { log, connections } = tenant;
  return connections.map((connection) =>
    keepSubscribed({ log, connection, sync: syncs.get(connection.id)!, followUps: hub.followUps, clock, logger }, signal),
  );
}

function driftWatches({ tenant }: ServedTenant, { clock, logger }: RuntimeOptions, signal: AbortSignal): Promise<void>[] {
  const { log, connections } = tenant;
  return connections.map((connection) => watchDrift({ log, connection, clock, logger }, signal));
}

async function openTenantLog(
  store: Store,
  writer: WriterClient,
  master: KeyObject,
  name: string,
  head: number,
  clock: Clock,
): Promise<TenantLog> {
  const tenantStore = store.forTenant(name);
  const wrapped = await tenantStore.from("tenants").selectAll().executeTakeFirstOrThrow();
  return openLog({ writer, store: tenantStore, keys: openTenantKeys(master, name, wrapped), head, now: clock.now });
}

async function openTenant(
  name: string,
  { config, version, directory }: LoadedConfig,
  log: TenantLog,
  options: RuntimeOptions,
): Promise<ServedTenant> {
  const { clock, logger, metrics } = options;
  const tenantConfig = config.tenants[name]!;
  const platforms = new Map((options.platforms ?? []).map((p) => [p.name, p]));
  const callLog = createCallLog();
  const secrets = secretProvider(config.secrets, directory, options.env, clock.now);
  const connections = openConnections({
    tenant: name,
    config: options.platforms ? tenantConfig : { ...tenantConfig, connections: [] },
    platforms,
    secrets,
    clock,
    callLog,
    known: await knownHealth(log.store),
    onCall(platform, call) {
      const { status, lane, ms } = call;
      logger.debug({ tenant: name, platform, ...call }, "call");
      metrics.platformCalls.inc({ tenant: name, platform, lane, status: String(status) });
      metrics.platformSeconds.observe({ platform }, ms / 1000);
    },
    onBug: (connection, error) => logger.error({ err: error, tenant: name, connection }, "an adapter failed in an unknown way"),
    onHealthChange(connection) {
      log.touch(connectionDependency(connection.id));
      noteHealth(connection, log, clock.now(), logger);
    },
  });
  const tenant: Tenant = { id: name, config: tenantConfig, configVersion: version, log, connections, platforms, clock, callLog };
  const compiled = compileRoutes(withDefaults(tenantConfig.routing, connections), connections);
  // Where no platform was opened there is nothing to hold the routes against.
  if (options.platforms && compiled.issues.length > 0)
    throw new ConfigError(compiled.issues.map((issue) => wrongRoute(name, issue)).join("\n"));
  const hub = openHub({ log, connections, secret: (secret) => secrets.get(secret), clock, logger });
  const syncs = new Map<string, Sync>();
  if (options.pull) {
    const { timeZone } = tenantConfig;
    for (const connection of connections) {
      syncs.set(connection.id, startSync({ log, connection, clock, logger, timeZone }));
    }
  }
  const contexts = createContexts(tenant);
  const routing = options.pull ? startTenantRouting(tenant, contexts, compiled.routes, logger) : null;
  return { tenant, contexts, syncs, hub, sightings: createSightings(), deliveries: openDeliveries(log), routing };
}

function startTenantRouting(tenant: Tenant, contexts: Contexts, routes: readonly Route[], logger: Logger): Routing {
  const { log, clock, connections, config, configVersion: version } = tenant;
  const knowledge = routeKnowledge(tenant, contexts);
  const use = { routes, settings: config.routing.settings, version };
  return startRouting({ log, clock, logger, connections, use, knowledge });
}

const wrongRoute = (tenant: string, { path, message }: RouteIssue): string =>
  `tenants.${tenant}.routing.${path.join(".")}: ${message}`;
