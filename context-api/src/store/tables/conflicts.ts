import { chunks } from "../chunks.ts";
import { queriesOf } from "../queries.ts";
import type { ConflictsTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

export type ConflictRow = Omit<ConflictsTable, "tenant">;

const maxKeys = 500;

/** The open conflicts of these records. */
export async function listOpenConflicts(store: TenantStore, keys: Iterable<string>): Promise<ConflictRow[]> {
  const rows: ConflictRow[] = [];
  for (const part of chunks([...new Set(keys)], maxKeys))
    rows.push(
      ...(await queriesOf(store).from("conflicts").selectAll().where("key", "in", part).where("state", "=", "open").execute()),
    );
  return rows;
}

/** Null when there is none of this id. */
export async function findConflict(store: TenantStore, id: string): Promise<ConflictRow | null> {
  return (await queriesOf(store).from("conflicts").selectAll().where("id", "=", id).executeTakeFirst()) ?? null;
}

export interface ConflictFilter {
  limit: number;
  offset: number;
  field?: string | undefined;
  state?: string | undefined;
  /** Opened at or after this instant, epoch ms. */
  since?: number | undefined;
}

/** Newest first. */
export async function listConflicts(
  store: TenantStore,
  { limit, offset, field, state, since }: ConflictFilter,
): Promise<ConflictRow[]> {
  let query = queriesOf(store)
    .from("conflicts")
    .selectAll()
    .orderBy("opened_at", "desc")
    // Descending like the instant, so that the index has the order.
    .orderBy("id", "desc")
    .limit(limit)
    .offset(offset);
  if (field !== undefined) query = query.where("field", "=", field);
  if (state !== undefined) query = query.where("state", "=", state);
  if (since !== undefined) query = query.where("opened_at", ">=", since);
  return await query.execute();
}

/** Open conflicts of each field: how many, and when the first was opened. */
export async function countOpenConflicts(store: TenantStore): Promise<{ field: string; count: number; since: number }[]> {
  const rows = await queriesOf(store)
    .from("conflicts")
    .select((e) => ["field", e.fn.countAll<number>().as("count"), e.fn.min("opened_at").as("since")])
    .where("state", "=", "open")
    .groupBy("field")
    .execute();
  return rows.map(({ field, count, since }) => ({ field, count: Number(count), since: Number(since) }));
}

/** Conflicts that were opened since an instant (epoch ms) and are decided, by field and by what decided them. */
export async function countDecidedConflicts(
  store: TenantStore,
  openedSince: number,
): Promise<{ field: string; decidedBy: string | null; count: number }[]> {
  const rows = await queriesOf(store)
    .from("conflicts")
    .select((e) => ["field", "decided_by", e.fn.countAll<number>().as("count")])
    .where("opened_at", ">=", openedSince)
    .where("decided_by", "is not", null)
    .groupBy(["field", "decided_by"])
    .execute();
  return rows.map(({ field, decided_by, count }) => ({ field, decidedBy: decided_by, count: Number(count) }));
}

export const saveConflict = (store: TenantStore, { id, ...values }: ConflictRow): Statement =>
  toStatement(
    queriesOf(store)
      .insertInto("conflicts", { id, ...values })
      .onConflict((c) => c.columns(["tenant", "id"]).doUpdateSet(values)),
  );

/** Stores a person's decision about an open conflict. One that is closed keeps its decision. */
export const decideConflict = (
  store: TenantStore,
  { id, payload, resolved_at }: Pick<ConflictRow, "id" | "payload" | "resolved_at">,
): Statement =>
  toStatement(
    queriesOf(store)
      .updateTable("conflicts")
      .set({ state: "resolved", decided_by: "person", payload, resolved_at })
      .where("id", "=", id)
      .where("state", "=", "open"),
  );

/** Deletes conflicts that were resolved before an instant. */
export const deleteResolvedConflicts = (store: TenantStore, resolvedBefore: number): Statement =>
  toStatement(queriesOf(store).deleteFrom("conflicts").where("resolved_at", "<", resolvedBefore));
