import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLog, type TenantLog } from "@sidelight/context-api/log/log.ts";
import { startWriter, type WriterClient } from "@sidelight/context-api/log/writer/client.ts";
import { openTenantKeys } from "@sidelight/context-api/security/keyring.ts";
import { newKey } from "@sidelight/context-api/security/seal.ts";
import { openStore } from "@sidelight/context-api/store/store.ts";

export interface Logs {
  writer: WriterClient;
  /** The log of a tenant of its own in the one store. */
  newLog(now?: () => number): Promise<TenantLog>;
  close(): Promise<void>;
}

/** A real store with its writer's thread, for tests of what stands on the log. */
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
      const own = store.forTenant(tenant);
      const wrapped = await own.from("tenants").selectAll().executeTakeFirstOrThrow();
      return openLog({ writer, store: own, keys: openTenantKeys(master, tenant, wrapped), head, now });
    },
    async close() {
      await writer.close();
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}
