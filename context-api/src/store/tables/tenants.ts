import { queriesOf } from "../queries.ts";
import type { TenantsTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

export type WrappedKeys = Pick<TenantsTable, "wrapped_key" | "wrapped_index_key">;

/** The wrapped keys of the tenant; null for a tenant that the store does not know. */
export async function findWrappedKeys(store: TenantStore): Promise<WrappedKeys | null> {
  const row = await queriesOf(store).from("tenants").select(["wrapped_key", "wrapped_index_key"]).executeTakeFirst();
  return row ?? null;
}

/** Adds the tenant. A tenant that exists keeps its keys. */
export const insertTenant = (store: TenantStore, keys: WrappedKeys, now: number): Statement =>
  toStatement(
    queriesOf(store)
      .insertInto("tenants", { ...keys, created_at: now })
      .onConflict((c) => c.doNothing()),
  );

export const updateWrappedKeys = (store: TenantStore, keys: WrappedKeys): Statement =>
  toStatement(queriesOf(store).updateTable("tenants").set(keys));
