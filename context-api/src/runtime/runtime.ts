import type { KeyObject } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@sidelight/model/clock.ts";
import type { EventSchema } from "@sidelight/platform-kit/eventSchema.ts";
import { createAnswerCache } from "../cache/answerCache.ts";
import { removeOutdated } from "../cache/removeOutdated.ts";
import { createSharedAnswers } from "../cache/sharedAnswers.ts";
import { environmentOf } from "../config/environment.ts";
import type { LoadedConfig } from "../config/load.ts";
import { createSharedCircuits } from "../connections/sharedCircuits.ts";
import { type LogPeers, openLog, type TenantLog } from "../log/log.ts";
import { eventSchemasOf } from "../log/schema/registry.ts";
import { startWriter, type WriterClient, type WriterSupervision } from "../log/writer/client.ts";
import { UnknownTenantError } from "../log/writer/errors.ts";
import { openSharedState, redisUrl } from "../redis/connection.ts";
import type { SharedState } from "../redis/sharedState.ts";
import { openRedisQuotas } from "../resilience/quota/redisQuotas.ts";
import { createSharedFlight } from "../resilience/sharedFlight.ts";
import { createSupervisor } from "../resilience/supervise.ts";
import { openTenantKeys } from "../security/keyring.ts";
import { masterKey } from "../security/masterKey.ts";
import { makePrivateFolder } from "../security/privateFiles.ts";
import { secretProvider } from "../security/secrets/index.ts";
import type { ServedTenant } from "../services/servedTenant.ts";
import { storeFaultTexts } from "../store/faults.ts";
import { openStoreAt, storeLocation } from "../store/location.ts";
import type { Store } from "../store/store.ts";
import { findWrappedKeys } from "../store/tables/tenants.ts";
import { readiness } from "../sync/readiness.ts";
import { loadChecked } from "./checkConfig.ts";
import { openConfiguration } from "./configuration.ts";
import { type RuntimeOptions, rolesOf } from "./options.ts";
import { createProcessGroup } from "./processGroup.ts";
import { createStoreCheck, type ReadinessCause } from "./readiness.ts";

export type { RuntimeOptions } from "./options.ts";

/** The parts of a process. */
export interface Runtime {
  /** The configuration at the start of the process. */
  config: LoadedConfig;
  /** The served tenants. A tenant that is opened with another configuration is another object. */
  tenants: ReadonlyMap<string, ServedTenant>;
  writer: WriterClient;
  store: Store;
  /** What this process shares with others through Redis. */
  shared: SharedState;
  /** Event schemas of the server and its platforms. */
  eventSchemas: readonly EventSchema[];
  /** True once the first backfill of every connection is complete. It stays true when a connection is added later. */
  isReady(): { ready: boolean; reasons: string[] };
  /** Why the process should not get traffic now; empty when it may. Exercises the store and its writer. */
  readiness(): Promise<ReadinessCause[]>;
  /** Ends all streams, so that their clients connect again elsewhere. */
  endStreams(): void;
  /** Reads the configuration files now. */
  reload(): Promise<void>;
  /** Ends the background work and lets other processes take it over. Requests are still answered. */
  resign(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens store, log, connections and syncs of every tenant in the configuration, and applies later changes of the configuration.
 * @throws {ConfigError} for a configuration that cannot be used
 */
export async function openRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { dataDirectory, env, clock } = options;
  const environment = environmentOf(env);
  const load = () =>
    loadChecked(
      options.configFile,
      environment,
      options.platforms,
      options.sections?.map(({ name }) => name),
    );
  const first = await load();
  // A command that only uses the store shares nothing.
  const sharedAddress = options.platforms ? redisUrl(env) : null;
  const { config, directory } = first.loaded;
  makePrivateFolder(dataDirectory, existsSync(join(dataDirectory, "master.key")));
  const location = storeLocation(env, dataDirectory);
  const key = await masterKey(dataDirectory, env);
  const names = Object.keys(config.tenants);
  const group = createProcessGroup({
    tenants: names,
    isServing: options.pull,
    // A command that runs alone projects what it appends.
    isCandidate: !options.pull || rolesOf(options).has("worker"),
    timing: options.coordination,
    logger: options.logger,
  });
  const { leadership } = group;
  const writer = startWriter(
    "file" in location ? { ...location, masterKey: key } : { ...location, masterKey: key, leadership },
    writerSupervision(options),
  );
  const ensureTenant = async (tenant: string): Promise<number> =>
    (await writer.send({ kind: "ensureTenant", tenant, now: clock.now() })).head;
  const heads = new Map<string, number>();
  let store: Store;
  try {
    for (const name of names) heads.set(name, await ensureTenant(name));
    store = openStoreAt(location);
    await group.join(store.shared, writer);
    // What an earlier process acknowledged is projected before it is read.
    if (store.shared) for (const name of names) if (group.leadOf(name)) await ensureTenant(name);
  } catch (error) {
    await group.close();
    await writer.close();
    throw error;
  }
  const { shared: sharedStore } = store;
  if (await sharedStore?.isRoleUnbound()) options.logger.warn(unboundRole);
  if (sharedStore) options.metrics.watchDatabase(sharedStore.connections);
  const shared = await openSharedState(sharedAddress, clock.now, {
    logger: options.logger,
    metrics: options.metrics,
    isMember: options.pull,
    // A clock that runs faster, or only on request, decides about what is shared too.
    now: clock === systemClock ? undefined : clock.now,
  });
  const quotas = sharedAddress === null ? null : openRedisQuotas(shared, clock);
  const answerCache = createAnswerCache(clock);
  options.metrics.watchAnswerCache(answerCache.size);
  const secrets = secretProvider(config.secrets, directory, env, clock.monotonic);
  const tenants = new Map<string, ServedTenant>();
  const { supervise, failing } = createSupervisor(options);
  const configuration = openConfiguration({
    first,
    load,
    tenants,
    deps: {
      writer,
      shared,
      quotas,
      flights: createSharedFlight(shared),
      circuits: createSharedCircuits(shared),
      answerCache,
      secrets,
      supervise,
    },
    options,
  });
  for (const [name, head] of heads) {
    const peers = await group.peersOf(name);
    const log = await openTenantLog({ store, writer, key, name, head, peers }, options);
    removeOutdated(log, answerCache, createSharedAnswers({ shared, log, now: clock.now }));
    await configuration.open(log);
  }
  group.listen(configuration);
  for (const name of names) {
    const lead = group.leadOf(name);
    if (lead) configuration.onLeading(name, lead);
  }
  if (options.pull) configuration.watch();
  const checkStore = createStoreCheck({ writer, store, clock });
  let wasReady = false;
  const isReady: Runtime["isReady"] = () => {
    const { ready, reasons } = readiness(tenants.values());
    wasReady ||= ready;
    return { ready: wasReady, reasons };
  };
  return {
    config: first.loaded,
    tenants,
    writer,
    store,
    shared,
    eventSchemas: eventSchemasOf(options.platforms ?? []),
    isReady,
    async readiness() {
      const storeCause = await checkStore();
      // Another process may pull.
      if (!wasReady) await Promise.all([...tenants.values()].map(({ states }) => states.refresh().catch(() => {})));
      const { ready, reasons } = isReady();
      return [
        ...(storeCause ? [storeCause] : []),
        ...failing().map((name) => ({
          code: "task_failed",
          detail: `${name} ended and is started again; the log has the cause`,
        })),
        ...(ready ? [] : reasons.map((detail) => ({ code: "backfilling", detail }))),
      ];
    },
    endStreams: configuration.endStreams,
    reload: configuration.reload,
    async resign() {
      await configuration.resign();
      await group.resign();
    },
    async close() {
      await configuration.close();
      await group.close();
      await shared.close();
      await store.close();
      // Last, because only the last handle can move all commits into the main file.
      await writer.close();
    },
  };
}

/** The log reports a fault of the store once when it begins or changes, and once when it ends. */
function writerSupervision({ clock, logger, onFatal }: RuntimeOptions): WriterSupervision {
  let startedAt: number | null = null;
  return {
    onFault(error) {
      startedAt ??= clock.monotonic();
      const { fault } = error;
      logger.error({ err: error, fault }, `The store cannot be written. ${storeFaultTexts[fault]}`);
    },
    onRecovered() {
      const outageMs = Math.round(clock.monotonic() - (startedAt ?? clock.monotonic()));
      startedAt = null;
      logger.info({ outageMs }, "the store can be written again");
    },
    onProjectionFailed(tenant, failures) {
      for (const { eventId, reason } of failures)
        logger.error({ tenant, eventId, reason }, "an event could not be projected; the others go on without it");
    },
    onFatal(error) {
      logger.fatal({ err: error, fault: error.fault }, "the writer cannot recover; the process ends");
      onFatal?.(error);
    },
  };
}

interface LogParts {
  store: Store;
  writer: WriterClient;
  key: KeyObject;
  name: string;
  head: number;
  peers: LogPeers | null;
}

async function openTenantLog({ store, writer, key, name, head, peers }: LogParts, { clock }: RuntimeOptions): Promise<TenantLog> {
  const tenantStore = store.forTenant(name);
  const wrappedKeys = await findWrappedKeys(tenantStore);
  if (!wrappedKeys) throw new UnknownTenantError(`unknown tenant ${name}`);
  // Where several processes append, readers see what their leader has projected.
  const projectedHead = peers?.initial.head ?? head;
  return openLog({
    ...{ writer, peers, store: tenantStore, head: projectedHead, now: clock.now },
    keys: openTenantKeys(key, name, wrappedKeys),
  });
}

const unboundRole =
  "The database's role is a superuser or has BYPASSRLS, so that row-level security does not bind it. Use a role without both.";
