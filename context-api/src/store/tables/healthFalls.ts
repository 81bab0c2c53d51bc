import { queriesOf } from "../queries.ts";
import type { HealthFallsTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

export type HealthFallRow = Omit<HealthFallsTable, "tenant">;

const columns = ["customer", "from_score", "from_band", "started_at", "event_id"] as const;

/** The fall of a customer's health that is not yet confirmed; null when there is none. */
export async function findHealthFall(store: TenantStore, customer: string): Promise<HealthFallRow | null> {
  const row = await queriesOf(store).from("health_falls").select(columns).where("customer", "=", customer).executeTakeFirst();
  return row ?? null;
}

/** Falls that started at or before an instant, oldest first. */
export const listHealthFalls = (store: TenantStore, startedBefore: number, limit: number): Promise<HealthFallRow[]> =>
  queriesOf(store)
    .from("health_falls")
    .select(columns)
    .where("started_at", "<=", startedBefore)
    .orderBy("started_at")
    .limit(limit)
    .execute();

/** Starts a fall. One that has started goes on. */
export const startHealthFall = (store: TenantStore, row: HealthFallRow): Statement =>
  toStatement(
    queriesOf(store)
      .insertInto("health_falls", row)
      .onConflict((c) => c.columns(["tenant", "customer"]).doNothing()),
  );

export const endHealthFall = (store: TenantStore, customer: string): Statement =>
  toStatement(queriesOf(store).deleteFrom("health_falls").where("customer", "=", customer));
