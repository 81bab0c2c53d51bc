import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";
import { byBytes, policyOf } from "./initial.ts";

/** What was used of each quota of a platform, so that a restart does not forget it, and what was sent in each month. */
export const quotaUse: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(byBytes(statement)).execute(db);
    for (const table of ["quota_use", "event_counts"])
      for (const statement of policyOf(table)) await sql.raw(statement).execute(db);
  },
};

const statements = [
  `create table quota_use (
    tenant text not null, connection text not null, quota text not null, requests text not null, updated_at bigint not null,
    primary key (tenant, connection, quota))`,
  `create table event_counts (
    tenant text not null, connection text not null, month text not null, count bigint not null, updated_at bigint not null,
    primary key (tenant, connection, month))`,
];
