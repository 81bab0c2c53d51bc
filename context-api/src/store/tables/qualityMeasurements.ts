import { queriesOf } from "../queries.ts";
import type { QualityMeasurementsTable } from "../schema.ts";
import { type Statement, toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";

export type QualityMeasurement = Omit<QualityMeasurementsTable, "tenant">;

/** The newest measurement that is not newer than an instant, epoch ms. */
export async function findMeasurement(store: TenantStore, notAfter: number): Promise<QualityMeasurement | null> {
  const row = await queriesOf(store)
    .from("quality_measurements")
    .select(["measured_at", "duration_ms", "totals"])
    .where("measured_at", "<=", notAfter)
    .orderBy("measured_at", "desc")
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

export const saveMeasurement = (store: TenantStore, measurement: QualityMeasurement): Statement =>
  toStatement(
    queriesOf(store)
      .insertInto("quality_measurements", measurement)
      .onConflict((c) => c.columns(["tenant", "measured_at"]).doUpdateSet(measurement)),
  );

/** Deletes measurements of a period, epoch ms: the end is not part of it. */
export const deleteMeasurements = (store: TenantStore, from: number, end: number): Statement =>
  toStatement(
    queriesOf(store).deleteFrom("quality_measurements").where("measured_at", ">=", from).where("measured_at", "<", end),
  );
