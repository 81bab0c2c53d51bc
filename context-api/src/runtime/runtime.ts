import type { KeyObject } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { environmentOf } from "../config/environment.ts";
import type { LoadedConfig } from "../config/load.ts";
import type { ServedTenant } from "../http/deps.ts";
import { openLog, type TenantLog } from "../log/log.ts";
import { startWriter, type WriterClient } from "../log/writer/client.ts";
import { openTenantKeys } from "../security/keyring.ts";
import { masterKey } from "../security/masterKey.ts";
import { secretProvider } from "../security/secrets/index.ts";
import { openStore, type Store } from "../store/store.ts";
import { readiness } from "../sync/readiness.ts";
import { loadChecked } from "./checkConfig.ts";
import { openConfiguration } from "./configuration.ts";
import type { RuntimeOptions } from "./options.ts";

export type { RuntimeOptions } from "./options.ts";

/** The parts of a process, put together. */
export interface Runtime {
  /** As the process started. */
  config: LoadedConfig;
  /** As they are: a tenant that another configuration opens anew is another. */
  tenants: ReadonlyMap<string, ServedTenant>;
  writer: WriterClient;
  /** True once every connection's first backfill is complete, or the tenant has none; a connection that is added later changes that no more. */
  isReady(): { ready: boolean; reasons: string[] };
  /** Looks at the configuration's files at once. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens store, log, connections and syncs of every tenant in the configuration, and keeps them as the configuration says.
 * @throws {ConfigError} for one that can't be used
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
  const configuration = openConfiguration({ first, load, tenants, tools: { writer, secrets }, options });
  for (const [name, head] of heads) await configuration.open(await openTenantLog(store, writer, key, name, head, options));
  if (options.pull) configuration.watch();
  let wasReady = false;
  return {
    config: first.loaded,
    tenants,
    writer,
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
  const wrapped = await tenantStore.from("tenants").selectAll().executeTakeFirstOrThrow();
  return openLog({ writer, store: tenantStore, keys: openTenantKeys(master, name, wrapped), head, now: clock.now });
}
