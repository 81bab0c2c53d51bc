import { queriesOf } from "../queries.ts";
import type { ConnectionStatesTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

// What the leader of a tenant knows about each connection. Only PostgreSQL has this table.

/** The states by connection, as JSON. */
export async function loadConnectionStates(store: TenantStore): Promise<Map<string, string>> {
  const rows = await queriesOf(store).from("connection_states").select(["connection", "state"]).execute();
  return new Map(rows.map(({ connection, state }) => [connection, state]));
}

export function saveConnectionState(
  store: TenantStore,
  { connection, ...row }: Omit<ConnectionStatesTable, "tenant">,
): Statement {
  return toStatement(
    queriesOf(store)
      .insertInto("connection_states", { connection, ...row })
      .onConflict((c) => c.columns(["tenant", "connection"]).doUpdateSet(row)),
  );
}
