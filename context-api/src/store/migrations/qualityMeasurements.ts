import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

/** What measurements of data quality counted. They hold keyed hashes of records, and no value of a customer. */
export const qualityMeasurements: Migration = {
  async up(db: Kysely<unknown>) {
    await sql
      .raw(
        `create table quality_measurements (
          tenant text not null, measured_at integer not null, duration_ms integer not null, totals text not null,
          primary key (tenant, measured_at)) without rowid`,
      )
      .execute(db);
  },
};
