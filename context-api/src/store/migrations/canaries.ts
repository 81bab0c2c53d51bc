import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

/** Versions of the configuration that are tried with a part of the events. */
export const canaries: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  `create table canaries (
    tenant text not null, id text not null, version text not null, base text not null, state text not null, settings text not null,
    outcome text not null, message text, created_at integer not null, ends_at integer not null, ended_at integer,
    primary key (tenant, id)) without rowid`,
  "create index canaries_newest on canaries (tenant, created_at, id)",
];
