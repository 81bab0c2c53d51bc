import { createTables } from "./createTables.ts";

const statements = [
  `create table quota_use (
    tenant text not null, connection text not null, quota text not null, requests text not null, updated_at bigint not null,
    primary key (tenant, connection, quota))`,
  `create table event_counts (
    tenant text not null, connection text not null, month text not null, count bigint not null, updated_at bigint not null,
    primary key (tenant, connection, month))`,
];

/** What was used of each quota of a platform, so that a restart does not forget it, and what was sent in each month. */
export const quotaUse = createTables(statements, ["quota_use", "event_counts"]);
