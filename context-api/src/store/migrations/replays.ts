import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

/** Past events that are routed again, and how far each such run is. */
export const replays: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  `create table replays (
    tenant text not null, id text not null, target text not null, route text, state text not null, filter text not null,
    per_minute integer not null, position integer not null, through integer not null, counts text not null, message text,
    created_at integer not null, updated_at integer not null, ended_at integer,
    primary key (tenant, id)) without rowid`,
  "create index replays_newest on replays (tenant, created_at, id)",
  "create index replays_running on replays (tenant, created_at) where state = 'running'",
];
