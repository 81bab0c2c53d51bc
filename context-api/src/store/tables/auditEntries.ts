import { queriesOf } from "../queries.ts";
import type { AuditEntriesTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

export type AuditRow = Omit<AuditEntriesTable, "tenant">;

/** An entry that exists is not changed: a second attempt with the same idempotency key records nothing. */
export const insertAuditEntry = (store: TenantStore, row: AuditRow): Statement =>
  toStatement(
    queriesOf(store)
      .insertInto("audit_entries", row)
      .onConflict((c) => c.columns(["tenant", "id"]).doNothing()),
  );

/** Null when there is none of this id. */
export async function findAuditEntry(store: TenantStore, id: string): Promise<AuditRow | null> {
  return (await queriesOf(store).from("audit_entries").selectAll().where("id", "=", id).executeTakeFirst()) ?? null;
}

interface AuditFilter {
  limit: number;
  offset: number;
  verb?: string | undefined;
  /** Id of the API key, or ref of the person. */
  actor?: string | undefined;
  /** At or after this instant, epoch ms. */
  since?: number | undefined;
}

/** Newest first. */
export async function listAuditEntries(
  store: TenantStore,
  { limit, offset, verb, actor, since }: AuditFilter,
): Promise<AuditRow[]> {
  let query = queriesOf(store)
    .from("audit_entries")
    .selectAll()
    .orderBy("at", "desc")
    // Descending like the instant, so that the index has the order.
    .orderBy("id", "desc")
    .limit(limit)
    .offset(offset);
  if (verb !== undefined) query = query.where("verb", "=", verb);
  if (actor !== undefined) query = query.where((e) => e.or([e("key_id", "=", actor), e("person", "=", actor)]));
  if (since !== undefined) query = query.where("at", ">=", since);
  return await query.execute();
}
