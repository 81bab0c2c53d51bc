import type { KeyObject } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { EventSchema } from "@sidelight/platform-kit/eventSchema.ts";
import { environmentOf } from "../config/environment.ts";
import type { LoadedConfig } from "../config/load.ts";
import { openLog, type TenantLog } from "../log/log.ts";
import { eventSchemasOf } from "../log/schema/registry.ts";
import { startWriter, type WriterClient } from "../log/writer/client.ts";
import { UnknownTenantError } from "../log/writer/errors.ts";
import { openTenantKeys } from "../security/keyring.ts";
import { masterKey } from "../security/masterKey.ts";
import { secretProvider } from "../security/secrets/index.ts";
import type { ServedTenant } from "../services/servedTenant.ts";
import { openStore, type Store } from "../store/store.ts";
import { findWrappedKeys } from "../store/tables/tenants.ts";
import { readiness } from "../sync/readiness.ts";
import { loadChecked } from "./checkConfig.ts";
import { openConfiguration } from "./configuration.ts";
import type { RuntimeOptions } from "./options.ts";

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
  /** Ready once the first backfill of every connection is complete. It stays ready when a connection is added later. */
  isReady(): { ready: boolean; reasons: string[] };
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
  await mkdir(dataDirectory, { recursive: true });
  const file = join(dataDirectory, "sidelight.sqlite");
  const key = await masterKey(dataDirectory, env);
  const writer = startWriter({ file, masterKey: key });
  const heads = new Map<string, number>();
  for (const name of Object.keys(config.tenants))
    heads.set(name, (await writer.send({ kind: "ensureTenant", tenant: name, now: clock.now() })).head);
  const store = openStore(file);
  const secrets = secretProvider(config.secrets, directory, env, clock.now);
  const tenants = new Map<string, ServedTenant>();
  const configuration = openConfiguration({ first, load, tenants, deps: { writer, secrets }, options });
  for (const [name, head] of heads) await configuration.open(await openTenantLog(store, writer, key, name, head, options));
  if (options.pull) configuration.watch();
  let wasReady = false;
  return {
    config: first.loaded,
    tenants,
    writer,
    eventSchemas: eventSchemasOf(options.platforms ?? []),
    isReady() {
      const { ready, reasons } = readiness(tenants.values());
      wasReady ||= ready;
      return { ready: wasReady, reasons };
    },
    reload: configuration.reload,
    async close() {
      await configuration.close();
      await writer.close();
      await store.close();
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
