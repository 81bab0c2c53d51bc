import { openErrorOf } from "./openError.ts";
import { bindTenant } from "./queries.ts";
import type { TenantsTable } from "./schema.ts";
import { openSqlite, type SqliteHandle } from "./sqlite.ts";
import type { TenantStore } from "./tenantStore.ts";

export interface Store {
  forTenant(tenant: string): TenantStore;
  /** Every tenant of the store, with its wrapped keys. */
  listTenants(): Promise<TenantsTable[]>;
  close(): Promise<void>;
}

function openReadable(file: string): SqliteHandle {
  try {
    return openSqlite(file, "read");
  } catch (error) {
    throw openErrorOf(file, error);
  }
}

/** Opens the embedded store for reading. The writer must have brought the schema up to date before. */
export function openStore(file: string): Store {
  const { db, close } = openReadable(file);
  return {
    forTenant: (tenant) => bindTenant(db, tenant),
    listTenants: () => db.selectFrom("tenants").selectAll().execute(),
    close,
  };
}
