import { chunks } from "../chunks.ts";
import { queriesOf } from "../queries.ts";
import type { IdentitySuggestionsTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

export type SuggestionRow = Omit<IdentitySuggestionsTable, "tenant">;

export interface SuggestionFilter {
  state: string;
  kind?: string | undefined;
  /** In ten-thousandths. */
  minConfidence?: number | undefined;
  limit: number;
  offset: number;
}

const columns = [
  "id",
  "kind",
  "left_key",
  "right_key",
  "confidence",
  "reasons",
  "model_version",
  "state",
  "found_at",
  "updated_at",
] as const;

/** Customers that may be one, best first. */
export async function listSuggestionRows(
  store: TenantStore,
  { state, kind, minConfidence = 0, limit, offset }: SuggestionFilter,
): Promise<SuggestionRow[]> {
  const query = queriesOf(store)
    .from("identity_suggestions")
    .select(columns)
    .where("state", "=", state)
    .where("confidence", ">=", minConfidence)
    .orderBy("confidence", "desc")
    .orderBy("id", "desc")
    .limit(limit)
    .offset(offset);
  return await (kind === undefined ? query : query.where("kind", "=", kind)).execute();
}

/** Suggestions after an id, in the order of their ids. */
export async function listSuggestionsAfter(store: TenantStore, afterId: string, limit: number): Promise<SuggestionRow[]> {
  return await queriesOf(store)
    .from("identity_suggestions")
    .select(columns)
    .where("id", ">", afterId)
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** Those of these ids that exist. */
export async function loadSuggestions(store: TenantStore, ids: readonly string[]): Promise<SuggestionRow[]> {
  const rows: SuggestionRow[] = [];
  for (const chunk of chunks([...new Set(ids)]))
    rows.push(...(await queriesOf(store).from("identity_suggestions").select(columns).where("id", "in", chunk).execute()));
  return rows;
}

/** Suggestions whose left or right record is one of these, at most 500 for each side. */
export async function listSuggestionsOf(store: TenantStore, keys: readonly string[]): Promise<SuggestionRow[]> {
  const rows = new Map<string, SuggestionRow>();
  for (const chunk of chunks(keys, maxOfKeys)) {
    for (const side of ["left_key", "right_key"] as const) {
      const query = queriesOf(store).from("identity_suggestions").select(columns).where(side, "in", chunk).limit(maxOfKeys);
      for (const row of await query.execute()) rows.set(row.id, row);
    }
  }
  return [...rows.values()];
}
const maxOfKeys = 500;

/** Open suggestions by their kind. */
export async function countOpenSuggestions(store: TenantStore): Promise<{ person: number; company: number }> {
  const rows = await queriesOf(store)
    .from("identity_suggestions")
    .select((e) => ["kind", e.fn.countAll<number>().as("count")])
    .where("state", "=", "open")
    .groupBy("kind")
    .execute();
  const countOf = (kind: string): number => Number(rows.find((row) => row.kind === kind)?.count ?? 0);
  return { person: countOf("person"), company: countOf("company") };
}

export const saveSuggestion = (store: TenantStore, { id, ...values }: SuggestionRow): Statement =>
  toStatement(
    queriesOf(store)
      .insertInto("identity_suggestions", { id, ...values })
      .onConflict((c) => c.columns(["tenant", "id"]).doUpdateSet(values)),
  );

export const saveSuggestionState = (store: TenantStore, id: string, state: string, updatedAt: number): Statement =>
  toStatement(queriesOf(store).updateTable("identity_suggestions").set({ state, updated_at: updatedAt }).where("id", "=", id));

export const deleteSuggestion = (store: TenantStore, id: string): Statement =>
  toStatement(queriesOf(store).deleteFrom("identity_suggestions").where("id", "=", id));
