import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

/** Why an alert was opened, since when, and how often. Alerts of earlier releases have only their message. */
export const alertCauses: Migration = {
  async up(db: Kysely<unknown>) {
    await sql.raw("alter table alerts add column cause text").execute(db);
    await sql.raw("alter table alerts add column since integer").execute(db);
    await sql.raw("alter table alerts add column count integer not null default 1").execute(db);
    await sql.raw("create index quarantine_by_webhook on quarantine (tenant, connection, state, webhook)").execute(db);
  },
};
