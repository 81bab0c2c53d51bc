import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTenantKeys } from "../security/keyring.ts";
import { newKey } from "../security/seal.ts";
import { openStore } from "../store/store.ts";
import { findWrappedKeys } from "../store/tables/tenants.ts";
import { openLog, type TenantLog } from "./log.ts";
import { startWriter, type WriterClient } from "./writer/client.ts";

export interface Logs {
  writer: WriterClient;
  /** The log of a new tenant in the one store. */
  newLog(now?: () => number): Promise<TenantLog>;
  close(): Promise<void>;
}

/** A real store with its writer thread, for tests of code that uses the log. */
export async function openLogs(): Promise<Logs> {
  const folder = mkdtempSync(join(tmpdir(), "sidelight-logs-"));
  const master = newKey();
  const file = join(folder, "log.sqlite");
  const writer = startWriter({ file, masterKey: master });
  await writer.send({ kind: "ensureTenant", tenant: "first", now: 0 });
  const store = openStore(file);
  let tenants = 0;
  return {
    writer,
    async newLog(now = () => 1_000) {
      const tenant = `t${++tenants}`;
      const { head } = await writer.send({ kind: "ensureTenant", tenant, now: 0 });
      const tenantStore = store.forTenant(tenant);
      const wrappedKeys = await findWrappedKeys(tenantStore);
      if (!wrappedKeys) throw new Error("the tenant was not stored");
      return openLog({ writer, store: tenantStore, keys: openTenantKeys(master, tenant, wrappedKeys), head, now });
    },
    async close() {
      await writer.close();
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}
