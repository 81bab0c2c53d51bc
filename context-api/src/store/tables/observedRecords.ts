import { sql } from "kysely";
import { queriesOf } from "../queries.ts";
import type { TenantStore } from "../tenantStore.ts";

export interface ObservedRecord {
  key: string;
  /** When it was last seen at its source, epoch ms; 0 when that was not stored. */
  observed_at: number;
}

/** Current records of these objects, of those that changed at their source since an instant, with their last observation. */
export async function listObservedRecords(
  store: TenantStore,
  { connection, objects, changedSince }: { connection: string; objects: readonly string[]; changedSince: number | null },
): Promise<ObservedRecord[]> {
  let query = queriesOf(store)
    .from("records")
    .select([
      "key",
      sql<number>`coalesce((select observed_at from record_heads h where h.tenant = records.tenant and h.key = records.key), 0)`.as(
        "observed_at",
      ),
    ])
    .where("connection", "=", connection)
    .where("object", "in", [...objects])
    .where("to_seq", "is", null)
    .where("deleted", "=", 0);
  if (changedSince !== null) query = query.where("changed_at", ">=", changedSince);
  return await query.execute();
}
