import { queriesOf } from "../queries.ts";
import type { PausedConnectionsTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

export type PausedConnectionRow = Omit<PausedConnectionsTable, "tenant">;

export const listPausedConnections = async (store: TenantStore): Promise<PausedConnectionRow[]> =>
  await queriesOf(store).from("paused_connections").select(["connection", "paused_at", "paused_by"]).execute();

/** A connection that is paused already keeps its time. */
export const pauseConnection = (store: TenantStore, row: PausedConnectionRow): Statement =>
  toStatement(
    queriesOf(store)
      .insertInto("paused_connections", row)
      .onConflict((c) => c.columns(["tenant", "connection"]).doNothing()),
  );

export const resumeConnection = (store: TenantStore, connection: string): Statement =>
  toStatement(queriesOf(store).deleteFrom("paused_connections").where("connection", "=", connection));
