import { sql } from "kysely";
import { queriesOf } from "../queries.ts";
import type { PanelCountsTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

export type PanelCountRow = Omit<PanelCountsTable, "tenant">;

/** Adds to the counts: several processes count for one tenant. */
export const addPanelCounts = (store: TenantStore, rows: readonly PanelCountRow[]): Statement =>
  toStatement(
    queriesOf(store)
      .insertInto("panel_counts", [...rows])
      .onConflict((c) =>
        c
          .columns(["tenant", "bucket_at", "kind", "label"])
          .doUpdateSet({ count: sql<number>`panel_counts.count + excluded.count` }),
      ),
  );

/** Sums of the buckets that began at or after an instant, epoch ms. */
export async function sumPanelCounts(
  store: TenantStore,
  since: number,
): Promise<Pick<PanelCountRow, "kind" | "label" | "count">[]> {
  const rows = await queriesOf(store)
    .from("panel_counts")
    .select((e) => ["kind", "label", e.fn.sum<number>("count").as("count")])
    .where("bucket_at", ">=", since)
    .groupBy(["kind", "label"])
    .execute();
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}

/** @param startedBefore epoch ms */
export const deletePanelCounts = (store: TenantStore, startedBefore: number): Statement =>
  toStatement(queriesOf(store).deleteFrom("panel_counts").where("bucket_at", "<", startedBefore));
