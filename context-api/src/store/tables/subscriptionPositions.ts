import { queriesOf } from "../queries.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

/** How far the event subscription of a connection was received: a JSON value of the platform; null when nothing was. */
export async function findSubscriptionPosition(store: TenantStore, connection: string): Promise<unknown> {
  const row = await queriesOf(store)
    .from("subscription_positions")
    .select("position")
    .where("connection", "=", connection)
    .executeTakeFirst();
  return row ? JSON.parse(row.position) : null;
}

export function saveSubscriptionPosition(store: TenantStore, connection: string, position: unknown, now: number): Statement {
  const row = { position: JSON.stringify(position), updated_at: now };
  return toStatement(
    queriesOf(store)
      .insertInto("subscription_positions", { connection, ...row })
      .onConflict((c) => c.columns(["tenant", "connection"]).doUpdateSet(row)),
  );
}
