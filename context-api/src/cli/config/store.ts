import { access } from "node:fs/promises";
import { startWriter } from "../../log/writer/client.ts";
import { masterKey } from "../../security/masterKey.ts";
import type { Statement } from "../../store/statement.ts";
import { openStore, type TenantStore } from "../../store/store.ts";
import { dataDirectory, storeFile, UsageError } from "../environment.ts";

export interface OpenedStore {
  forTenant(tenant: string): TenantStore;
  write(tenant: string, statements: Statement[]): Promise<void>;
}

/** Works on the store whatever the files say: they may be what is wrong. @throws {UsageError} where nothing was ever served */
export async function withStore<T>(env: NodeJS.ProcessEnv, work: (opened: OpenedStore) => Promise<T>): Promise<T> {
  const file = storeFile(env);
  await access(file).catch(() => {
    throw new UsageError("no configuration was put to use yet: sidelight serve does that");
  });
  const writer = startWriter({ file, masterKey: await masterKey(dataDirectory(env), env) });
  // Answered once the schema is up to date, which reading needs.
  await commit("", []);
  const store = openStore(file);
  try {
    return await work({
      forTenant: store.forTenant,
      write: (tenant, statements) => commit(tenant, statements),
    });
  } finally {
    await writer.close();
    await store.close();
  }

  async function commit(tenant: string, statements: Statement[]): Promise<void> {
    const nothing = { events: [], records: [], quarantine: [], isBackfill: false, stages: null };
    const now = Date.now();
    await writer.send({ ...nothing, kind: "commit", tenant, statements, receivedAt: now, correlationId: "config" });
  }
}
