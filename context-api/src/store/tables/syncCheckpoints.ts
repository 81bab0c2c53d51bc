import { queriesOf } from "../queries.ts";
import type { SyncCheckpointsTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

export type SyncCheckpointRow = Omit<SyncCheckpointsTable, "tenant">;

/** Null for a stream that was never pulled. */
export async function findSyncCheckpoint(
  store: TenantStore,
  connection: string,
  stream: string,
): Promise<SyncCheckpointRow | null> {
  const row = await queriesOf(store)
    .from("sync_checkpoints")
    .select(["connection", "stream", "state", "is_complete", "records", "started_at", "updated_at"])
    .where("connection", "=", connection)
    .where("stream", "=", stream)
    .executeTakeFirst();
  return row ?? null;
}

export function saveSyncCheckpoint(store: TenantStore, { connection, stream, ...row }: SyncCheckpointRow): Statement {
  return toStatement(
    queriesOf(store)
      .insertInto("sync_checkpoints", { connection, stream, ...row })
      .onConflict((c) => c.columns(["tenant", "connection", "stream"]).doUpdateSet(row)),
  );
}

/** True while the first backfill of any stream is incomplete. */
export async function hasIncompleteBackfill(store: TenantStore): Promise<boolean> {
  const row = await queriesOf(store).from("sync_checkpoints").select("stream").where("is_complete", "=", 0).executeTakeFirst();
  return row !== undefined;
}
