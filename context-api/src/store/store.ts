import type { Kysely, SelectQueryBuilder } from "kysely";
import type { Database } from "./schema.ts";
import { openSqlite } from "./sqlite.ts";

/** Reads of one tenant. There is no way from here to another tenant's rows. */
export interface TenantStore {
  tenant: string;
  /** A query on one table that already holds the tenant's condition. */
  from<T extends keyof Database>(table: T): SelectQueryBuilder<Database, T, object>;
  /** Builds statements for the writer. Never executed here: this handle is read-only. */
  statements: Pick<Kysely<Database>, "insertInto" | "updateTable" | "deleteFrom">;
}

export interface Store {
  forTenant(tenant: string): TenantStore;
  close(): Promise<void>;
}

/** Opens the reading side of the embedded store. The writer must have brought the schema up to date before. */
export function openStore(file: string): Store {
  const { db, close } = openSqlite(file, "read");
  return {
    forTenant: (tenant) => ({
      tenant,
      from: <T extends keyof Database>(table: T) =>
        db.selectFrom(table as keyof Database).where("tenant", "=", tenant) as unknown as SelectQueryBuilder<Database, T, object>,
      statements: db,
    }),
    close,
  };
}
