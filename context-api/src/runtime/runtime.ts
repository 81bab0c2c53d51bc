import type { KeyObject } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { EventSchema } from "@sidelight/platform-kit/eventSchema.ts";
import { environmentOf } from "../config/environment.ts";
import type { LoadedConfig } from "../config/load.ts";
import { openLog, type TenantLog } from "../log/log.ts";
import { eventSchemasOf } from "../log/schema/registry.ts";
import { startWriter, type WriterClient, type WriterSupervision } from "../log/writer/client.ts";
import { UnknownTenantError } from "../log/writer/errors.ts";
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
import type { RuntimeOptions } from "./options.ts";
import { createStoreCheck, type ReadinessCause } from "./readiness.ts";

export type { RuntimeOptions } from "./options.ts";

/** The parts of a process. */
export interface Runtime {
  /** The configuration at the start of the process. */
  config: LoadedConfig;
  /** The served tenants. A tenant that is opened with another configuration is another object. */
  tenants: ReadonlyMap<string, ServedTenant>;
  writer: WriterClient;
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
  close(): Promise<void>;
}

/**
 * Opens store, log, connections and syncs of every tenant in the configuration, and applies later changes of the configuration.
 * @throws {ConfigError} for a configuration that cannot be used
 */
export async function openRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { dataDirectory, env, clock } = options;
  const environment = environmentOf(env);
  const load = () => loadChecked(options.configFile, environment, options.platforms);
  const first = await load();
  const { config, directory } = first.loaded;
  makePrivateFolder(dataDirectory, existsSync(join(dataDirectory, "master.key")));
  const location = storeLocation(env, dataDirectory);
  const key = await masterKey(dataDirectory, env);
  const writer = startWriter({ ...location, masterKey: key }, writerSupervision(options));
  const heads = new Map<string, number>();
  let store: Store;
  try {
    for (const name of Object.keys(config.tenants))
      heads.set(name, (await writer.send({ kind: "ensureTenant", tenant: name, now: clock.now() })).head);
    store = openStoreAt(location);
  } catch (error) {
    await writer.close();
    throw error;
  }
  const secrets = secretProvider(config.secrets, directory, env, clock.monotonic);
  const tenants = new Map<string, ServedTenant>();
  const { supervise, failing } = createSupervisor(options);
  const configuration = openConfiguration({ first, load, tenants, deps: { writer, secrets, supervise }, options });
  for (const [name, head] of heads) await configuration.open(await openTenantLog(store, writer, key, name, head, options));
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
    eventSchemas: eventSchemasOf(options.platforms ?? []),
    isReady,
    async readiness() {
      const { ready, reasons } = isReady();
      const storeCause = await checkStore();
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
    async close() {
      await configuration.close();
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

async function openTenantLog(
  store: Store,
  writer: WriterClient,
  master: KeyObject,
  name: string,
  head: number,
  { clock }: RuntimeOptions,
): Promise<TenantLog> {
  const tenantStore = store.forTenant(name);
  const wrappedKeys = await findWrappedKeys(tenantStore);
  if (!wrappedKeys) throw new UnknownTenantError(`unknown tenant ${name}`);
  return openLog({ writer, store: tenantStore, keys: openTenantKeys(master, name, wrappedKeys), head, now: clock.now });
}
