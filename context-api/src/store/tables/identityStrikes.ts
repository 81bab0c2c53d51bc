import { chunks } from "../chunks.ts";
import { queriesOf } from "../queries.ts";
import type { IdentityStrikesTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

export type StrikeRow = Omit<IdentityStrikesTable, "tenant">;

const columns = ["identifier", "kind", "holders", "since", "key", "reason", "is_recorded"] as const;

/** Identifiers that join no records, those with most holders first. */
export async function listStrikeRows(
  store: TenantStore,
  { limit, offset }: { limit: number; offset: number },
): Promise<StrikeRow[]> {
  return await queriesOf(store)
    .from("identity_strikes")
    .select(columns)
    .orderBy("holders", "desc")
    .orderBy("identifier", "desc")
    .limit(limit)
    .offset(offset)
    .execute();
}

/** Those of the identifiers that are struck out. */
export async function loadStrikes(store: TenantStore, identifiers: readonly string[]): Promise<StrikeRow[]> {
  const rows: StrikeRow[] = [];
  for (const chunk of chunks(identifiers))
    rows.push(...(await queriesOf(store).from("identity_strikes").select(columns).where("identifier", "in", chunk).execute()));
  return rows;
}

/** Strikes after an identifier, in order. */
export async function listStrikesAfter(store: TenantStore, afterIdentifier: string, limit: number): Promise<StrikeRow[]> {
  return await queriesOf(store)
    .from("identity_strikes")
    .select(columns)
    .where("identifier", ">", afterIdentifier)
    .orderBy("identifier")
    .orderBy("kind")
    .limit(limit)
    .execute();
}

/** Strikes of these reasons that are not in the log yet. */
export async function listUnrecordedStrikes(store: TenantStore, reasons: readonly string[], limit: number): Promise<StrikeRow[]> {
  return await queriesOf(store)
    .from("identity_strikes")
    .select(columns)
    .where("is_recorded", "=", 0)
    .where("reason", "in", [...reasons])
    .orderBy("identifier")
    .limit(limit)
    .execute();
}

/** How many strikes each of these reasons has, and the most holders among them. */
export async function countStrikes(
  store: TenantStore,
  reasons: readonly string[],
): Promise<{ reason: string; count: number; holders: number }[]> {
  const rows = await queriesOf(store)
    .from("identity_strikes")
    .select((e) => ["reason", e.fn.countAll<number>().as("count"), e.fn.max("holders").as("holders")])
    .where("reason", "in", [...reasons])
    .groupBy("reason")
    .execute();
  return rows.map(({ reason, count, holders }) => ({ reason, count: Number(count), holders: Number(holders) }));
}

export const saveStrike = (store: TenantStore, { identifier, kind, ...values }: StrikeRow): Statement =>
  toStatement(
    queriesOf(store)
      .insertInto("identity_strikes", { identifier, kind, ...values })
      .onConflict((c) => c.columns(["tenant", "identifier", "kind"]).doUpdateSet(values)),
  );

export const markStrikeRecorded = (store: TenantStore, { identifier, kind }: Pick<StrikeRow, "identifier" | "kind">): Statement =>
  toStatement(
    queriesOf(store)
      .updateTable("identity_strikes")
      .set({ is_recorded: 1 })
      .where("identifier", "=", identifier)
      .where("kind", "=", kind),
  );

export const deleteStrike = (store: TenantStore, { identifier, kind }: Pick<StrikeRow, "identifier" | "kind">): Statement =>
  toStatement(queriesOf(store).deleteFrom("identity_strikes").where("identifier", "=", identifier).where("kind", "=", kind));
