import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newDatabaseUrl } from "@sidelight/test-support/postgres.ts";
import { openTenantKeys } from "../security/keyring.ts";
import { newKey } from "../security/seal.ts";
import { openPostgresPool } from "../store/postgres/connection.ts";
import { openPostgresStore } from "../store/postgres/store.ts";
import { openStore, type Store } from "../store/store.ts";
import { findWrappedKeys } from "../store/tables/tenants.ts";
import { openLog, type TenantLog } from "./log.ts";
import { startWriter, type WriterClient } from "./writer/client.ts";

export interface Logs {
  writer: WriterClient;
  store: Store;
  /** The log of a new tenant in the one store. */
  newLog(now?: () => number): Promise<TenantLog>;
  close(): Promise<void>;
}

/** A real store of the engine that the run tests, with its writer, for tests of code that uses the log. */
export async function openLogs(): Promise<Logs> {
  const masterKey = newKey();
  const url = newDatabaseUrl();
  const { writer, store, close } = url === null ? await openFile(masterKey) : await openDatabase(url, masterKey);
  let tenants = 0;
  return {
    writer,
    store,
    async newLog(now = () => 1_000) {
      const tenant = `t${++tenants}`;
      const { head } = await writer.send({ kind: "ensureTenant", tenant, now: 0 });
      const tenantStore = store.forTenant(tenant);
      const wrappedKeys = await findWrappedKeys(tenantStore);
      if (!wrappedKeys) throw new Error("the tenant was not stored");
      return openLog({ writer, store: tenantStore, keys: openTenantKeys(masterKey, tenant, wrappedKeys), head, now });
    },
    close,
  };
}

type OpenedStore = Pick<Logs, "writer" | "store" | "close">;

async function openFile(masterKey: ReturnType<typeof newKey>): Promise<OpenedStore> {
  const folder = mkdtempSync(join(tmpdir(), "sidelight-logs-"));
  const file = join(folder, "log.sqlite");
  const writer = startWriter({ file, masterKey });
  await writer.send({ kind: "ensureTenant", tenant: "first", now: 0 });
  const store = openStore(file);
  return {
    writer,
    store,
    async close() {
      await writer.close();
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

async function openDatabase(url: string, masterKey: ReturnType<typeof newKey>): Promise<OpenedStore> {
  const postgres = { url, statementTimeoutMs: 60_000 };
  const writer = startWriter({ postgres, masterKey });
  await writer.send({ kind: "ensureTenant", tenant: "first", now: 0 });
  const store = openPostgresStore(openPostgresPool({ ...postgres, maxConnections: 4, applicationName: "test" }), url);
  return {
    writer,
    store,
    async close() {
      await writer.close();
      await store.close();
    },
  };
}
