import { sql } from "kysely";
import { queriesOf } from "../queries.ts";
import type { FreshnessCountsTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

// Buckets of ages. Instants are epoch ms, ages and spans are seconds.

export type FreshnessCount = Omit<FreshnessCountsTable, "tenant">;

/** Adds to the counts of buckets. Each row names another bucket. */
export const addFreshnessCounts = (store: TenantStore, counts: FreshnessCount[]): Statement =>
  toStatement(
    queriesOf(store)
      .insertInto("freshness_counts", counts)
      .onConflict((c) =>
        c
          .columns(["tenant", "span", "at", "connection", "object", "measure", "cause", "bound"])
          .doUpdateSet({ count: sql<number>`freshness_counts.count + excluded.count` }),
      ),
  );

export interface FreshnessWindow {
  span: number;
  /** First and last bucket. */
  from: number;
  to: number;
}

/** Sums of the buckets of a window. */
export async function sumFreshnessCounts(
  store: TenantStore,
  { span, from, to }: FreshnessWindow,
): Promise<Omit<FreshnessCount, "span" | "at">[]> {
  const rows = await queriesOf(store)
    .from("freshness_counts")
    .select((e) => ["connection", "object", "measure", "cause", "bound", e.fn.sum<number>("count").as("count")])
    .where("span", "=", span)
    .where("at", ">=", from)
    .where("at", "<=", to)
    .groupBy(["connection", "object", "measure", "cause", "bound"])
    .execute();
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}

/** The buckets of a window for one object. */
export async function listFreshnessCounts(
  store: TenantStore,
  { span, from, to, connection, object }: FreshnessWindow & Pick<FreshnessCount, "connection" | "object">,
): Promise<FreshnessCount[]> {
  const rows = await queriesOf(store)
    .from("freshness_counts")
    .select(["span", "at", "connection", "object", "measure", "cause", "bound", "count"])
    .where("span", "=", span)
    .where("at", ">=", from)
    .where("at", "<=", to)
    .where("connection", "=", connection)
    .where("object", "=", object)
    .execute();
  return rows.map((row) => ({ ...row, at: Number(row.at), count: Number(row.count) }));
}

/** The oldest bucket; null before the first one. */
export async function firstFreshnessCount(store: TenantStore, span: number): Promise<number | null> {
  const row = await queriesOf(store)
    .from("freshness_counts")
    .select("at")
    .where("span", "=", span)
    .orderBy("at")
    .limit(1)
    .executeTakeFirst();
  return row ? Number(row.at) : null;
}

export const deleteFreshnessCounts = (store: TenantStore, span: number, endsAt: number): Statement =>
  toStatement(queriesOf(store).deleteFrom("freshness_counts").where("span", "=", span).where("at", "<", endsAt));
