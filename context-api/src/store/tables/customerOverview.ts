import { sql } from "kysely";
import { chunks } from "../chunks.ts";
import { queriesOf } from "../queries.ts";
import type { CustomerOverviewTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

export type OverviewRow = Omit<CustomerOverviewTable, "tenant">;

const maxKeys = 500;

export const saveOverview = (store: TenantStore, { node, ...values }: OverviewRow): Statement =>
  toStatement(
    queriesOf(store)
      .insertInto("customer_overview", { node, ...values })
      .onConflict((c) => c.columns(["tenant", "node"]).doUpdateSet(values)),
  );

export const deleteOverview = (store: TenantStore, node: string): Statement =>
  toStatement(queriesOf(store).deleteFrom("customer_overview").where("node", "=", node));

/** By node; absent ones are left out. */
export async function loadOverviews(store: TenantStore, nodes: Iterable<string>): Promise<Map<string, OverviewRow>> {
  const rows: OverviewRow[] = [];
  for (const part of chunks([...new Set(nodes)], maxKeys))
    rows.push(...(await queriesOf(store).from("customer_overview").selectAll().where("node", "in", part).execute()));
  return new Map(rows.map((row) => [row.node, row]));
}

/** Nodes whose row was computed before an instant, oldest first. */
export async function listOldOverviews(store: TenantStore, computedBefore: number, limit: number): Promise<string[]> {
  const rows = await queriesOf(store)
    .from("customer_overview")
    .select("node")
    .where("computed_at", "<", computedBefore)
    .orderBy("computed_at")
    .orderBy("node")
    .limit(limit)
    .execute();
  return rows.map(({ node }) => node);
}

export interface OverviewFilter {
  limit: number;
  offset: number;
  sort: "score" | "renewal_day" | "last_active_at";
  /** Keyed hash of the owner's ref. */
  owner?: string | undefined;
  band?: string | undefined;
  usageTrend?: string | undefined;
  /** Calendar days, inclusive. */
  renewal?: { from: string; to: string } | undefined;
  /** Used at some time, and last before this instant, epoch ms. */
  lastActiveBefore?: number | undefined;
  nodes?: readonly string[] | undefined;
}

/** Nodes of a page, lowest first. The rows are loaded by their nodes: sorting them would move their sealed content. */
export async function listOverviewNodes(
  store: TenantStore,
  { limit, offset, sort, owner, band, usageTrend, renewal, lastActiveBefore, nodes }: OverviewFilter,
): Promise<string[]> {
  // An owner has few companies. As an expression, the sort column does not keep SQLite from using the index of owners.
  const column = owner === undefined ? sql.ref(sort) : sql`coalesce(${sql.ref(sort)}, ${sql.ref(sort)})`;
  const queries = queriesOf(store);
  let query = queries.from("customer_overview").select("node").orderBy(column).orderBy("node").limit(limit).offset(offset);
  if (owner !== undefined) query = query.where("owner", "=", owner);
  if (band !== undefined) query = query.where("band", "=", band);
  if (usageTrend !== undefined) query = query.where("usage_trend", "=", usageTrend);
  if (renewal !== undefined) query = query.where("renewal_day", ">=", renewal.from).where("renewal_day", "<=", renewal.to);
  if (lastActiveBefore !== undefined)
    query = query.where("last_active_at", ">", 0).where("last_active_at", "<", lastActiveBefore);
  if (nodes !== undefined) query = query.where("node", "in", ["", ...nodes]);
  return (await query.execute()).map(({ node }) => node);
}
