import { queriesOf } from "../queries.ts";
import type { RouteDecisionsTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

/** Adds the decisions about one event. */
export const saveRouteDecisions = (store: TenantStore, row: Omit<RouteDecisionsTable, "tenant">): Statement =>
  toStatement(
    queriesOf(store)
      .insertInto("route_decisions", row)
      .onConflict((c) => c.columns(["tenant", "sequence"]).doNothing()),
  );

/** The decisions about one event; null when all its routes fired, or it has none. */
export async function findRouteDecisions(store: TenantStore, sequence: number): Promise<RouteDecisionsTable | null> {
  const row = await queriesOf(store).from("route_decisions").selectAll().where("sequence", "=", sequence).executeTakeFirst();
  return row ?? null;
}

/** Deletes decisions from before an instant, epoch ms. */
export const deleteRouteDecisions = (store: TenantStore, decidedBefore: number): Statement =>
  toStatement(queriesOf(store).deleteFrom("route_decisions").where("decided_at", "<", decidedBefore));
