import { chunks } from "../chunks.ts";
import { padded, selectCompiled } from "../compiledSelect.ts";
import { queriesOf } from "../queries.ts";
import type { WrittenValuesTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

// Instants are epoch ms.

export type WrittenValueRow = Omit<WrittenValuesTable, "tenant">;

/** Adds the values of an attempt. A later attempt of the same delivery replaces them. */
export const saveWrittenValue = (store: TenantStore, row: WrittenValueRow): Statement =>
  toStatement(
    queriesOf(store)
      .insertInto("written_values", row)
      .onConflict((c) =>
        c.columns(["tenant", "key", "field", "delivery"]).doUpdateSet({
          hashes: row.hashes,
          is_creation: row.is_creation,
          hops: row.hops,
          sent_at: row.sent_at,
          settled_at: row.settled_at,
        }),
      ),
  );

/** Marks the values of a delivery as written. */
export const settleWrittenValues = (store: TenantStore, delivery: string, settledAt: number): Statement =>
  toStatement(queriesOf(store).updateTable("written_values").set({ settled_at: settledAt }).where("delivery", "=", delivery));

/** Forgets what a delivery intended to write. @param key only of this object; of all when left out */
export function deleteWrittenValues(store: TenantStore, delivery: string, key?: string): Statement {
  const query = queriesOf(store).deleteFrom("written_values").where("delivery", "=", delivery);
  return toStatement(key === undefined ? query : query.where("key", "=", key));
}

/** Marks earlier values of a field as replaced. @param delivery the delivery that replaced them; null for somebody else's change */
export function supersedeWrittenValues(
  store: TenantStore,
  { key, field, sentBefore, delivery }: { key: string; field: string; sentBefore: number; delivery: string | null },
): Statement {
  const query = queriesOf(store)
    .updateTable("written_values")
    .set({ superseded_at: sentBefore })
    .where("key", "=", key)
    .where("field", "=", field)
    .where("sent_at", "<", sentBefore)
    .where("superseded_at", "is", null);
  return toStatement(delivery === null ? query : query.where("delivery", "!=", delivery));
}

/** What deliveries wrote to these objects since an instant. */
export async function listWrittenValues(
  store: TenantStore,
  keys: readonly string[],
  sentSince: number,
): Promise<WrittenValuesTable[]> {
  const values: WrittenValuesTable[] = [];
  for (const chunk of chunks(keys)) {
    const list = padded(chunk);
    const rows = await selectCompiled<WrittenValuesTable>(store, `written values ${list.length}`, [...list, sentSince], () =>
      queriesOf(store).from("written_values").selectAll().where("key", "in", list).where("sent_at", ">=", sentSince),
    );
    values.push(...rows);
  }
  return values;
}

/** Deletes what was sent before an instant. */
export const deleteWrittenValuesBefore = (store: TenantStore, sentBefore: number): Statement =>
  toStatement(queriesOf(store).deleteFrom("written_values").where("sent_at", "<", sentBefore));
