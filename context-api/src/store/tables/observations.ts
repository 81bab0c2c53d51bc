import { sql } from "kysely";
import { chunks } from "../chunks.ts";
import { padded, selectCompiled } from "../compiledSelect.ts";
import { queriesOf } from "../queries.ts";
import type { CoverageTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

// When the source last showed all that a connection holds about a customer (observations), and whole objects
// (coverage). Instants are epoch ms.

/** When a key was last observed; 0 when it never was. */
export async function findObservation(store: TenantStore, key: string): Promise<number> {
  const row = await queriesOf(store).from("observations").select("observed_at").where("key", "=", key).executeTakeFirst();
  return row?.observed_at ?? 0;
}

/** When keys were last observed. A key that never was is left out. */
export async function loadObservations(store: TenantStore, keys: readonly string[]): Promise<Map<string, number>> {
  const observations = new Map<string, number>();
  for (const chunk of chunks(keys)) {
    const list = padded(chunk);
    const rows = await selectCompiled<{ key: string; observed_at: number }>(store, `observations ${list.length}`, list, () =>
      queriesOf(store).from("observations").select(["key", "observed_at"]).where("key", "in", list),
    );
    for (const { key, observed_at } of rows) observations.set(key, observed_at);
  }
  return observations;
}

export const saveObservation = (store: TenantStore, key: string, observedAt: number): Statement =>
  toStatement(
    queriesOf(store)
      .insertInto("observations", { key, observed_at: observedAt })
      .onConflict((c) => c.columns(["tenant", "key"]).doUpdateSet({ observed_at: observedAt })),
  );

export type Coverage = Omit<CoverageTable, "tenant">;

/** When a complete pull last confirmed all records of each object of each connection. */
export async function listCoverage(store: TenantStore): Promise<Coverage[]> {
  return await selectCompiled<Coverage>(store, "coverage", [], () =>
    queriesOf(store).from("coverage").select(["connection", "object", "observed_at"]),
  );
}

/** The earliest coverage of these objects; null when none of them was ever covered. */
export async function findCoverage(store: TenantStore, connection: string, objects: readonly string[]): Promise<number | null> {
  const rows = await queriesOf(store)
    .from("coverage")
    .select("observed_at")
    .where("connection", "=", connection)
    .where("object", "in", [...objects])
    .execute();
  return rows.length === 0 ? null : Math.min(...rows.map((row) => row.observed_at));
}

/** Coverage never moves back. */
export const saveCoverage = (store: TenantStore, coverage: Coverage): Statement =>
  toStatement(
    queriesOf(store)
      .insertInto("coverage", coverage)
      .onConflict((c) =>
        c.columns(["tenant", "connection", "object"]).doUpdateSet({
          observed_at: sql<number>`case when excluded.observed_at > coverage.observed_at then excluded.observed_at else coverage.observed_at end`,
        }),
      ),
  );
