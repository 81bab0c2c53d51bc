import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

/** What was used of each quota of a platform, so that a restart does not forget it, and what was sent in each month. */
export const quotaUse: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  `create table quota_use (
    tenant text not null, connection text not null, quota text not null, requests text not null, updated_at integer not null,
    primary key (tenant, connection, quota)) without rowid`,
  `create table event_counts (
    tenant text not null, connection text not null, month text not null, count integer not null, updated_at integer not null,
    primary key (tenant, connection, month)) without rowid`,
];
