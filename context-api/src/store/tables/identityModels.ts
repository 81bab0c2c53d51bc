import { queriesOf } from "../queries.ts";
import type { IdentityModelsTable, IdentityRunsTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

export type IdentityModelRow = Omit<IdentityModelsTable, "tenant">;
export type IdentityRunRow = Omit<IdentityRunsTable, "tenant">;

/** Versions of the matching model, newest first. */
export async function listModels(store: TenantStore, limit: number): Promise<IdentityModelRow[]> {
  return await queriesOf(store)
    .from("identity_models")
    .select(["version", "fitted_at", "pairs", "people", "model"])
    .orderBy("fitted_at", "desc")
    .orderBy("version", "desc")
    .limit(limit)
    .execute();
}

export const saveModel = (store: TenantStore, row: IdentityModelRow): Statement =>
  toStatement(
    queriesOf(store)
      .insertInto("identity_models", row)
      .onConflict((c) => c.columns(["tenant", "version"]).doNothing()),
  );

/** Deletes versions that were fitted before an instant, epoch ms. */
export const deleteModels = (store: TenantStore, fittedBefore: number): Statement =>
  toStatement(queriesOf(store).deleteFrom("identity_models").where("fitted_at", "<", fittedBefore));

/** The last match of the tenant's records; null before the first one. */
export async function findRun(store: TenantStore): Promise<IdentityRunRow | null> {
  const row = await queriesOf(store)
    .from("identity_runs")
    .select(["matched_at", "duration_ms", "people", "companies", "model_version"])
    .executeTakeFirst();
  return row ?? null;
}

export const saveRun = (store: TenantStore, row: IdentityRunRow): Statement =>
  toStatement(
    queriesOf(store)
      .insertInto("identity_runs", row)
      .onConflict((c) => c.column("tenant").doUpdateSet(row)),
  );
