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
export const insertTenant = (
  store: TenantStore,
  keys: WrappedKeys,
  { now, projectionVersion }: { now: number; projectionVersion: number },
): Statement =>
  toStatement(
    queriesOf(store)
      .insertInto("tenants", { ...keys, created_at: now, projection_version: projectionVersion })
      .onConflict((c) => c.doNothing()),
  );

/** The form of the stored projections; null for a tenant that the store does not know. */
export async function findProjectionVersion(store: TenantStore): Promise<number | null> {
  const row = await queriesOf(store).from("tenants").select("projection_version").executeTakeFirst();
  return row?.projection_version ?? null;
}

export const saveProjectionVersion = (store: TenantStore, version: number): Statement =>
  toStatement(queriesOf(store).updateTable("tenants").set({ projection_version: version }));

export const updateWrappedKeys = (store: TenantStore, keys: WrappedKeys): Statement =>
  toStatement(queriesOf(store).updateTable("tenants").set(keys));
