import { chunks } from "../chunks.ts";
import { queriesOf } from "../queries.ts";
import type { FieldStatesTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

export type FieldStateRow = Omit<FieldStatesTable, "tenant">;

const maxKeys = 500;

/** The states of all fields of these records. */
export async function loadFieldStates(store: TenantStore, keys: Iterable<string>): Promise<FieldStateRow[]> {
  const rows: FieldStateRow[] = [];
  for (const part of chunks([...new Set(keys)], maxKeys))
    rows.push(
      ...(await queriesOf(store)
        .from("field_states")
        .select(["key", "field", "seen", "agreed", "partner", "hops", "changed_at", "written_at"])
        .where("key", "in", part)
        .execute()),
    );
  return rows;
}

export const saveFieldState = (store: TenantStore, { key, field, ...values }: FieldStateRow): Statement =>
  toStatement(
    queriesOf(store)
      .insertInto("field_states", { key, field, ...values })
      .onConflict((c) => c.columns(["tenant", "key", "field"]).doUpdateSet(values)),
  );
