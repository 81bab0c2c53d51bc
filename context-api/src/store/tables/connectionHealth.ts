import { queriesOf } from "../queries.ts";
import type { ConnectionHealthTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

/** When each connection last answered, by its stored health, pulls, subscription or schema check. Epoch ms. */
export async function loadLastAnswers(store: TenantStore): Promise<Map<string, number>> {
  const queries = queriesOf(store);
  const rows = await Promise.all([
    queries.from("connection_health").select(["connection", "last_success_at as answeredAt"]).execute(),
    queries.from("sync_checkpoints").select(["connection", "updated_at as answeredAt"]).execute(),
    queries.from("subscription_positions").select(["connection", "updated_at as answeredAt"]).execute(),
    queries.from("platform_shapes").select(["connection", "checked_at as answeredAt"]).execute(),
  ]);
  const answers = new Map<string, number>();
  for (const { connection, answeredAt } of rows.flat())
    answers.set(connection, Math.max(answeredAt ?? 0, answers.get(connection) ?? 0));
  return answers;
}

export function saveConnectionHealth(
  store: TenantStore,
  { connection, ...row }: Omit<ConnectionHealthTable, "tenant">,
): Statement {
  return toStatement(
    queriesOf(store)
      .insertInto("connection_health", { connection, ...row })
      .onConflict((c) => c.columns(["tenant", "connection"]).doUpdateSet(row)),
  );
}
