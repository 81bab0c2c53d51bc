import type { Statement } from "../store/statement.ts";
import type { TenantStore } from "../store/store.ts";

/** What a tenant was rolled back to. It counts for as long as the files say what they said then. */
export interface Pin {
  version: string;
  /** Version of what the files said. */
  filesVersion: string;
}

export async function readPin(store: TenantStore): Promise<Pin | null> {
  const row = await store.from("config_pins").select(["version", "files_version"]).executeTakeFirst();
  return row ? { version: row.version, filesVersion: row.files_version } : null;
}

export function setPin(store: TenantStore, { version, filesVersion }: Pin, now: number): Statement {
  const row = { version, files_version: filesVersion, pinned_at: now };
  return store.statements
    .insertInto("config_pins")
    .values({ tenant: store.tenant, ...row })
    .onConflict((c) => c.column("tenant").doUpdateSet(row))
    .compile();
}

export const dropPin = (store: TenantStore): Statement =>
  store.statements.deleteFrom("config_pins").where("tenant", "=", store.tenant).compile();
