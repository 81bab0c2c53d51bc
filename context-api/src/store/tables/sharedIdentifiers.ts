import { sql } from "kysely";
import { chunks } from "../chunks.ts";
import { queriesOf } from "../queries.ts";
import type { TenantStore } from "../tenantStore.ts";

/** An identifier that records of several customers hold, so that it joins none of them. */
export interface SharedIdentifier {
  identifier: string;
  /** As in the projection: `role_email` for an address of a function, `ignored_…` for what the configuration ignores. */
  kind: string;
  holders: number;
  /** Sequence at which its last holder got it. */
  since: number;
  /** One of its holders. */
  key: string;
}

const nodeOfHolder = sql`(select node from members
  where members.tenant = identifiers.tenant and members.key = identifiers.key and members.to_seq is null)`;

/** Kinds that would join records, and those that the tenant ignores. */
const strikableKinds = [
  ...["email", "role_email", "domain", "product_user"],
  ...["ignored_email", "ignored_phone", "ignored_domain", "ignored_product_user", "ignored_crm_id"],
];

/**
 * Identifiers that records of several customers hold, those with most holders first.
 * @param identifiers only these; all for null
 */
export async function listSharedIdentifiers(
  store: TenantStore,
  { limit, offset }: { limit: number; offset: number },
  identifiers: readonly string[] | null = null,
): Promise<SharedIdentifier[]> {
  const ofSeveralRecords = queriesOf(store)
    .from("identifiers")
    .select("identifier")
    .where("to_seq", "is", null)
    .where("kind", "in", strikableKinds)
    .groupBy("identifier")
    .having(sql<number>`count(*)`, ">", 1);
  const query = queriesOf(store)
    .from("identifiers")
    .where("to_seq", "is", null)
    .where("kind", "in", strikableKinds)
    .where("identifier", "in", identifiers ? [...identifiers] : ofSeveralRecords)
    .groupBy(["identifier", "kind"])
    .having(sql<number>`count(distinct ${nodeOfHolder})`, ">", 1)
    .select([
      "identifier",
      "kind",
      sql<number>`count(*)`.as("holders"),
      sql<number>`max(from_seq)`.as("since"),
      sql<string>`min(identifiers.key)`.as("key"),
    ])
    .orderBy("holders", "desc")
    .orderBy("identifier")
    .limit(limit)
    .offset(offset);
  const rows = await query.execute();
  return rows.map((row) => ({ ...row, holders: Number(row.holders), since: Number(row.since) }));
}

/** Identifiers with their holders after a position, in order. */
export async function listIdentifierRows(
  store: TenantStore,
  after: { identifier: string; key: string },
  limit: number,
): Promise<{ identifier: string; key: string }[]> {
  return await queriesOf(store)
    .from("identifiers")
    .select(["identifier", "key"])
    .where(sql<boolean>`(identifier, key) > (${after.identifier}, ${after.key})`)
    .where("to_seq", "is", null)
    .orderBy("identifier")
    .orderBy("key")
    .limit(limit)
    .execute();
}

/** Identifiers that these records hold or have held. */
export async function loadIdentifiersOf(store: TenantStore, keys: readonly string[]): Promise<Set<string>> {
  const identifiers = new Set<string>();
  for (const chunk of chunks(keys)) {
    const query = queriesOf(store).from("identifiers").select("identifier").distinct().where("key", "in", chunk);
    for (const { identifier } of await query.where("kind", "in", strikableKinds).execute()) identifiers.add(identifier);
  }
  return identifiers;
}
