import { queriesOf } from "../queries.ts";
import { type BaselinesTable, type ProjectionTable, projectionTables } from "../schema.ts";
import { rawStatement, type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

// A baseline is the state of the projections at the last pruning. A rebuild starts from it, because the events before it have no
// payload any more.

export type Baseline = Omit<BaselinesTable, "tenant">;

/** The tenant's baseline; null when its history was never pruned. */
export async function findBaseline(store: TenantStore): Promise<Baseline | null> {
  const row = await queriesOf(store).from("baselines").select(["sequence", "received_before", "pruned_at"]).executeTakeFirst();
  return row ?? null;
}

export const saveBaseline = (store: TenantStore, baseline: Baseline): Statement =>
  toStatement(
    queriesOf(store)
      .insertInto("baselines", baseline)
      .onConflict((c) => c.column("tenant").doUpdateSet(baseline)),
  );

const tables = Object.keys(projectionTables) as ProjectionTable[];

/** Copies the versions that were current at a sequence to the baseline, and deletes the versions that had ended by then. */
export const moveBaseline = ({ tenant }: TenantStore, sequence: number): Statement[] =>
  tables.flatMap((table) => [
    rawStatement(`delete from baseline_${table} where tenant = ?`, [tenant]),
    rawStatement(
      `insert into baseline_${table} select * from ${table}
        where tenant = ? and from_seq <= ? and (to_seq is null or to_seq > ?)`,
      [tenant, sequence, sequence],
    ),
    rawStatement(`update baseline_${table} set to_seq = null where tenant = ?`, [tenant]),
    rawStatement(`delete from ${table} where tenant = ? and to_seq <= ?`, [tenant, sequence]),
  ]);

/** Replaces the projections by the baseline. */
export const restoreBaseline = ({ tenant }: TenantStore): Statement[] =>
  tables.flatMap((table) => [
    rawStatement(`delete from ${table} where tenant = ?`, [tenant]),
    rawStatement(`insert into ${table} select * from baseline_${table} where tenant = ?`, [tenant]),
  ]);
