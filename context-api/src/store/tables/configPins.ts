import { queriesOf } from "../queries.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

/** The version that a tenant was rolled back to. It applies as long as the files stay as they were at the rollback. */
export interface Pin {
  version: string;
  /** Version of the files at the rollback. */
  filesVersion: string;
}

/** Null for a tenant that was not rolled back. */
export async function findPin(store: TenantStore): Promise<Pin | null> {
  const row = await queriesOf(store).from("config_pins").select(["version", "files_version"]).executeTakeFirst();
  return row ? { version: row.version, filesVersion: row.files_version } : null;
}

export function savePin(store: TenantStore, { version, filesVersion }: Pin, now: number): Statement {
  const row = { version, files_version: filesVersion, pinned_at: now };
  return toStatement(
    queriesOf(store)
      .insertInto("config_pins", row)
      .onConflict((c) => c.column("tenant").doUpdateSet(row)),
  );
}

export const deletePin = (store: TenantStore): Statement => toStatement(queriesOf(store).deleteFrom("config_pins"));
