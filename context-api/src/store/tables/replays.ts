import { sql } from "kysely";
import { queriesOf } from "../queries.ts";
import type { ReplaysTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

// Instants are epoch ms.

export const insertReplay = (store: TenantStore, row: Omit<ReplaysTable, "tenant">): Statement =>
  toStatement(queriesOf(store).insertInto("replays", row));

/** Null when there is none with this id. */
export async function findReplay(store: TenantStore, id: string): Promise<ReplaysTable | null> {
  return (await queriesOf(store).from("replays").selectAll().where("id", "=", id).executeTakeFirst()) ?? null;
}

/** There is one at a time for each target. */
const maxRunning = 1_000;

/** Oldest first. */
export const listRunningReplays = (store: TenantStore): Promise<ReplaysTable[]> =>
  // As a literal: with a parameter, SQLite does not use the index of running replays.
  queriesOf(store)
    .from("replays")
    .selectAll()
    .where(sql<boolean>`state = 'running'`)
    .orderBy("created_at")
    .limit(maxRunning)
    .execute();

/** Newest first. */
export async function listReplays(
  store: TenantStore,
  { limit, offset, state, since }: { limit: number; offset: number; state?: string | undefined; since?: number | undefined },
): Promise<ReplaysTable[]> {
  let query = queriesOf(store)
    .from("replays")
    .selectAll()
    .orderBy("created_at", "desc")
    .orderBy("id", "desc")
    .limit(limit)
    .offset(offset);
  if (state !== undefined) query = query.where("state", "=", state);
  if (since !== undefined) query = query.where("created_at", ">=", since);
  return await query.execute();
}

/** Records how far a replay is. One that was stopped meanwhile keeps its state. */
export const saveReplayProgress = (
  store: TenantStore,
  { id, position, counts, updated_at }: Pick<ReplaysTable, "id" | "position" | "counts" | "updated_at">,
): Statement => toStatement(queriesOf(store).updateTable("replays").set({ position, counts, updated_at }).where("id", "=", id));

/** Ends a replay that runs; one that has ended is not changed. */
export const endReplay = (
  store: TenantStore,
  { id, state, message, now }: { id: string; state: "done" | "stopped" | "failed"; message: string | null; now: number },
): Statement =>
  toStatement(
    queriesOf(store)
      .updateTable("replays")
      .set({ state, message, updated_at: now, ended_at: now })
      .where("id", "=", id)
      .where("state", "=", "running"),
  );
