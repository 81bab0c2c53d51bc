import { startWriter } from "../../log/writer/client.ts";
import { masterKey } from "../../security/masterKey.ts";
import { openStoreAt, storeLocation } from "../../store/location.ts";
import type { Statement } from "../../store/statement.ts";
import type { TenantStore } from "../../store/tenantStore.ts";
import { dataDirectory } from "../environment.ts";
import { requireStore } from "../storeFile.ts";

export interface OpenedStore {
  forTenant(tenant: string): TenantStore;
  write(tenant: string, statements: Statement[]): Promise<void>;
}

/** Opens the store without the configuration, which may be what is broken. @throws {CommandError} when there is no store yet */
export async function withStore<T>(env: NodeJS.ProcessEnv, work: (opened: OpenedStore) => Promise<T>): Promise<T> {
  await requireStore(env);
  const location = storeLocation(env, dataDirectory(env));
  const writer = startWriter({ ...location, masterKey: await masterKey(dataDirectory(env), env) });
  try {
    // The writer answers after the migrations, which reading needs.
    await commit("", []);
    const store = openStoreAt(location);
    try {
      return await work({ forTenant: store.forTenant, write: commit });
    } finally {
      await store.close();
    }
  } finally {
    await writer.close();
  }

  async function commit(tenant: string, statements: Statement[]): Promise<void> {
    const empty = { events: [], records: [], quarantine: [], isBackfill: false, stages: null };
    const now = Date.now();
    await writer.send({ ...empty, kind: "commit", tenant, statements, receivedAt: now, correlationId: "config" });
  }
}
