import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

/** What was agreed on fields that several platforms keep, and their conflicts. */
export const fields: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  `create table field_states (
    tenant text not null, key text not null, field text not null, seen text not null, agreed text not null, partner text not null,
    hops integer not null, changed_at integer not null, written_at integer,
    primary key (tenant, key, field)) without rowid`,
  `create table conflicts (
    tenant text not null, id text not null, key text not null, field text not null, state text not null, cause text not null,
    rule text not null, subject text not null, opened_at integer not null, resolved_at integer, decided_by text, payload blob not null,
    primary key (tenant, id)) without rowid`,
  "create index conflicts_opened on conflicts (tenant, opened_at)",
  "create index conflicts_of_record on conflicts (tenant, key, field)",
  "create index conflicts_by_state on conflicts (tenant, state, field, opened_at)",
];
