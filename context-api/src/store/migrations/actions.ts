import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

/** Who did what, with the key that makes a second attempt harmless, and the customers that people pinned. */
export const actions: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  `create table audit_entries (
    tenant text not null, id text not null, at integer not null, verb text not null, key_id text not null, role text not null,
    person text, customer text, ids text not null, request text, subject text, payload blob,
    primary key (tenant, id)) without rowid`,
  "create index audit_entries_newest on audit_entries (tenant, at, id)",
  "create index audit_entries_verb on audit_entries (tenant, verb, at, id)",
  `create table customer_pins (
    tenant text not null, owner text not null, key text not null, kind text not null, pinned_at integer not null,
    primary key (tenant, owner, key)) without rowid`,
];
