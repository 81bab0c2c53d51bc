import type { KeyObject } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type LoadedConfig, loadConfig } from "./config/load.ts";
import { createContexts } from "./context/contexts.ts";
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
import { type Connection, type Health, openConnections } from "./platforms/connections.ts";
import type { Platform } from "./platforms/platform.ts";
import { openTenantKeys } from "./security/keyring.ts";
import { masterKey } from "./security/masterKey.ts";
import { secretProvider } from "./security/secrets/index.ts";
import { openStore, type Store, type TenantStore } from "./store/store.ts";
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
    chores.push(...subscriptions(served, options, stopping.signal));
    const { historyDays } = config.config.tenants[name]!.retention;
    chores.push(keepPruned({ tenant: name, historyDays, writer, clock, logger: options.logger }, stopping.signal));
  }
  return {
    config,
    tenants,
    writer,
    isReady: () => readiness(tenants),
    async close() {
      stopping.abort();
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
      tellHealth(connection, logger);
      void log.commit({ statements: [saveHealth(log.store, connection)], correlationId: "health" }).catch(() => {});
    },
  });
  const tenant: Tenant = { id: name, config: tenantConfig, configVersion: version, log, connections, platforms, clock, callLog };
  const hub = openHub({ log, connections, secret: (secret) => secrets.get(secret), clock, logger });
  const syncs = new Map<string, Sync>();
  if (options.pull) {
    for (const connection of connections) syncs.set(connection.id, startSync({ log, connection, clock, logger }));
  }
  return { tenant, contexts: createContexts(tenant), syncs, hub, sightings: createSightings() };
}

/** A sign-in that failed needs a person, and is told as an error at once; other trouble may pass. */
function tellHealth(connection: Connection, logger: Logger): void {
  const { failure } = connection.health();
  const about = { tenant: connection.tenant, connection: connection.id, code: failure?.code };
  if (!failure) logger.info(about, "connection recovered");
  else if (failure.code === "unauthorized") logger.error(about, `sign-in failed: ${failure.message}`);
  else logger.warn(about, `connection is failing: ${failure.message}`);
}

/** When each connection was last known to answer: told by its health, or by the last page that a pull brought. */
async function knownHealth(store: TenantStore): Promise<Map<string, Health>> {
  const known = await store.from("connection_health").select(["connection", "last_success_at as at"]).execute();
  const pulled = await store.from("checkpoints").select(["connection", "updated_at as at"]).execute();
  const health = new Map<string, Health>();
  for (const { connection, at } of [...known, ...pulled]) {
    const lastSuccessAt = Math.max(at ?? 0, health.get(connection)?.lastSuccessAt ?? 0) || null;
    health.set(connection, { lastSuccessAt, failingSince: null, failure: null });
  }
  return health;
}

function saveHealth(store: TenantStore, connection: Connection) {
  const { lastSuccessAt, failingSince, failure } = connection.health();
  const row = {
    last_success_at: lastSuccessAt,
    failing_since: failingSince,
    failure_code: failure?.code ?? null,
    failure_message: failure?.message ?? null,
  };
  return store.statements
    .insertInto("connection_health")
    .values({ tenant: store.tenant, connection: connection.id, ...row })
    .onConflict((c) => c.columns(["tenant", "connection"]).doUpdateSet(row))
    .compile();
}

function readiness(tenants: ReadonlyMap<string, ServedTenant>): { ready: boolean; reasons: string[] } {
  const reasons: string[] = [];
  for (const [name, { tenant, syncs }] of tenants) {
    for (const connection of tenant.connections) {
      const progress = syncs.get(connection.id)?.progress() ?? [];
      const expected = connection.connector.streams.length;
      const complete = progress.filter((p) => p.complete).length;
      if (complete < expected) reasons.push(`${name}: first backfill of ${connection.id} has ${complete} of ${expected} streams`);
    }
  }
  return { ready: reasons.length === 0, reasons };
}
