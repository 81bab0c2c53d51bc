import { createTables } from "./createTables.ts";

const statements = [
  `create table quality_measurements (
    tenant text not null, measured_at bigint not null, duration_ms bigint not null, totals text not null,
    primary key (tenant, measured_at))`,
];

/** What measurements of data quality counted. They hold keyed hashes of records, and no value of a customer. */
export const qualityMeasurements = createTables(statements, ["quality_measurements"]);
