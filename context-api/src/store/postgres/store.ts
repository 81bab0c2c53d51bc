import { bindTenant } from "../queries.ts";
import type { Store } from "../store.ts";
import type { TenantStore } from "../tenantStore.ts";
import type { PostgresPool } from "./connection.ts";

/** Reads from PostgreSQL. The schema must be up to date. */
export function openPostgresStore(pool: PostgresPool): Store {
  const stores = new Map<string, TenantStore>();
  return {
    forTenant(tenant) {
      const store = stores.get(tenant) ?? bindTenant(pool.forTenant(tenant), tenant);
      stores.set(tenant, store);
      return store;
    },
    listTenants: () => pool.db.selectFrom("tenants").selectAll().execute(),
    close: pool.close,
  };
}
