import { chunks } from "../chunks.ts";
import { queriesOf } from "../queries.ts";
import type { ListExportsTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

// Member lists (cohorts) that platforms send in pages. Lists, exports and members are named by keyed hashes.

export type ListExportRow = Omit<ListExportsTable, "tenant" | "list" | "received_at">;

/** The exports of a list that are still stored. */
export async function listExports(store: TenantStore, list: string): Promise<ListExportRow[]> {
  return await queriesOf(store)
    .from("list_exports")
    .select(["export_key", "export_order", "pages", "total", "is_complete"])
    .where("list", "=", list)
    .execute();
}

export function saveListExport(store: TenantStore, list: string, row: ListExportRow, receivedAt: number): Statement {
  const { export_key, export_order, ...progress } = row;
  return toStatement(
    queriesOf(store)
      .insertInto("list_exports", { list, export_key, export_order, ...progress, received_at: receivedAt })
      .onConflict((c) => c.columns(["tenant", "list", "export_key"]).doUpdateSet(progress)),
  );
}

/** Deletes exports of a list that began before another export and were received before an instant, epoch ms. */
export const deleteListExports = (store: TenantStore, list: string, exportOrder: number, receivedBefore: number): Statement =>
  toStatement(
    queriesOf(store)
      .deleteFrom("list_exports")
      .where("list", "=", list)
      .where("export_order", "<", exportOrder)
      .where("received_at", "<", receivedBefore),
  );

/** The order of the last export that mentioned each member. */
export async function loadMentionOrders(store: TenantStore, members: Iterable<string>): Promise<Map<string, number>> {
  const orders = new Map<string, number>();
  for (const chunk of chunks([...members])) {
    const rows = await queriesOf(store)
      .from("list_mentions")
      .select(["member", "export_order"])
      .where("member", "in", chunk)
      .execute();
    for (const row of rows) orders.set(row.member, row.export_order);
  }
  return orders;
}

/** Members of a list that an export of this order or a later one mentioned. */
export async function listMentionedSince(store: TenantStore, list: string, exportOrder: number): Promise<Set<string>> {
  const rows = await queriesOf(store)
    .from("list_mentions")
    .select("member")
    .where("list", "=", list)
    .where("export_order", ">=", exportOrder)
    .execute();
  return new Set(rows.map((row) => row.member));
}

export const saveMention = (store: TenantStore, list: string, member: string, exportOrder: number): Statement =>
  toStatement(
    queriesOf(store)
      .insertInto("list_mentions", { member, list, export_order: exportOrder })
      .onConflict((c) => c.columns(["tenant", "member"]).doUpdateSet({ export_order: exportOrder })),
  );

/** Deletes the mentions by exports up to this order: a complete export replaces them. */
export const deleteMentions = (store: TenantStore, list: string, exportOrder: number): Statement =>
  toStatement(queriesOf(store).deleteFrom("list_mentions").where("list", "=", list).where("export_order", "<=", exportOrder));
