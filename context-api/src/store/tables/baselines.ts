import { sql } from "kysely";
import { queriesOf } from "../queries.ts";
import { type BaselinesTable, type ProjectionTable, projectionTables } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
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
export function moveBaseline(store: TenantStore, sequence: number): Statement[] {
  const { tenant } = store;
  const { statement } = queriesOf(store);
  return tables.flatMap((name) => {
    const [table, baseline] = [sql.table(name), sql.table(`baseline_${name}`)];
    return [
      statement(sql`delete from ${baseline} where tenant = ${tenant}`),
      statement(sql`insert into ${baseline} select * from ${table}
        where tenant = ${tenant} and from_seq <= ${sequence} and (to_seq is null or to_seq > ${sequence})`),
      statement(sql`update ${baseline} set to_seq = null where tenant = ${tenant}`),
      statement(sql`delete from ${table} where tenant = ${tenant} and to_seq <= ${sequence}`),
    ];
  });
}

/** Replaces the projections by the baseline. */
export function restoreBaseline(store: TenantStore): Statement[] {
  const { tenant } = store;
  const { statement } = queriesOf(store);
  return tables.flatMap((name) => {
    const [table, baseline] = [sql.table(name), sql.table(`baseline_${name}`)];
    return [
      statement(sql`delete from ${table} where tenant = ${tenant}`),
      statement(sql`insert into ${table} select * from ${baseline} where tenant = ${tenant}`),
    ];
  });
}
