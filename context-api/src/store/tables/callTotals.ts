import { sql } from "kysely";
import { queriesOf } from "../queries.ts";
import type { CallTotalsTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

export type CallTotal = Omit<CallTotalsTable, "tenant">;

/** Adds to the totals. @param rows no two of one key, and in one order in all processes, so that they do not wait for each other */
export const addCallTotals = (store: TenantStore, rows: CallTotal[]): Statement =>
  toStatement(
    queriesOf(store)
      .insertInto("call_totals", rows)
      .onConflict((c) =>
        c
          .columns(["tenant", "hour", "connection", "operation", "priority", "status_class", "cause", "customer_tier"])
          .doUpdateSet({
            calls: sql<number>`call_totals.calls + excluded.calls`,
            ms: sql<number>`call_totals.ms + excluded.ms`,
            bytes: sql<number>`call_totals.bytes + excluded.bytes`,
          }),
      ),
  );

/** The totals of the hours that start in a period, epoch ms: the end is not part of it. Oldest first. */
export async function loadCallTotals(store: TenantStore, { from, to }: { from: number; to: number }): Promise<CallTotal[]> {
  const rows = await queriesOf(store)
    .from("call_totals")
    .select([
      ...(["hour", "connection", "platform", "operation", "priority", "status_class", "cause", "customer_tier"] as const),
      ...(["calls", "ms", "bytes"] as const),
    ])
    .where("hour", ">=", from)
    .where("hour", "<", to)
    .orderBy("hour")
    .execute();
  // PostgreSQL returns sums of integers as text.
  return rows.map((row) => ({
    ...row,
    hour: Number(row.hour),
    calls: Number(row.calls),
    ms: Number(row.ms),
    bytes: Number(row.bytes),
  }));
}

/** The number of calls in each hour since an instant, newest first. */
export async function countCallsByHour(store: TenantStore, since: number): Promise<{ hour: number; calls: number }[]> {
  const rows = await queriesOf(store)
    .from("call_totals")
    .select((c) => ["hour", c.fn.sum<number>("calls").as("calls")])
    .where("hour", ">=", since)
    .groupBy("hour")
    .orderBy("hour", "desc")
    .execute();
  return rows.map(({ hour, calls }) => ({ hour: Number(hour), calls: Number(calls) }));
}

/** Deletes the totals of hours before an instant, epoch ms. */
export const deleteCallTotals = (store: TenantStore, endsAt: number): Statement =>
  toStatement(queriesOf(store).deleteFrom("call_totals").where("hour", "<", endsAt));
