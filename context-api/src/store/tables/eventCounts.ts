import { sql } from "kysely";
import { queriesOf } from "../queries.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

/** The count of one month. */
export interface EventCountName {
  connection: string;
  /** `2026-11` */
  month: string;
}

/** True when other processes count in the same store. */
export const sharesEventCounts = (store: TenantStore): boolean => queriesOf(store).engine === "postgres";

/** Events that were counted for a connection in a month. */
export async function findEventCount(store: TenantStore, { connection, month }: EventCountName): Promise<number> {
  const row = await queriesOf(store)
    .from("event_counts")
    .select("count")
    .where("connection", "=", connection)
    .where("month", "=", month)
    .executeTakeFirst();
  return Number(row?.count ?? 0);
}

/** Adds to the count of a month, for a store that one process uses. */
export const addEventCount = (
  store: TenantStore,
  { count, ...row }: EventCountName & { count: number; updated_at: number },
): Statement =>
  toStatement(
    queriesOf(store)
      .insertInto("event_counts", { ...row, count })
      .onConflict((c) =>
        c
          .columns(["tenant", "connection", "month"])
          .doUpdateSet({ count: sql<number>`event_counts.count + excluded.count`, updated_at: row.updated_at }),
      ),
  );

/** Counts up to `count` events, as many as fit into the limit. Processes that count at the same time wait for each other. */
export async function reserveEventCount(
  store: TenantStore,
  { connection, month, count, limit, now }: EventCountName & { count: number; limit: number; now: number },
): Promise<number> {
  const { tenant } = store;
  return await queriesOf(store).inTransaction(async (db) => {
    await sql`insert into event_counts (tenant, connection, month, count, updated_at)
      values (${tenant}, ${connection}, ${month}, 0, ${now}) on conflict do nothing`.execute(db);
    const { rows } = await sql<{ count: number }>`select count from event_counts
      where tenant = ${tenant} and connection = ${connection} and month = ${month} for update`.execute(db);
    const admitted = Math.max(0, Math.min(count, limit - Number(rows[0]?.count ?? 0)));
    await sql`update event_counts set count = count + ${admitted}::bigint, updated_at = ${now}
      where tenant = ${tenant} and connection = ${connection} and month = ${month}`.execute(db);
    return admitted;
  });
}
