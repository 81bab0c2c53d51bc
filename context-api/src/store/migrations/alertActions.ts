import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

/** What to do about the cause of an alert, and how often the alert came back. */
export const alertActions: Migration = {
  async up(db: Kysely<unknown>) {
    await sql.raw("alter table alerts add column next_action text").execute(db);
    await sql.raw("alter table alerts add column reopenings integer not null default 0").execute(db);
  },
};
