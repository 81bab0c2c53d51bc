import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

/** What deliveries wrote, why routes did not fire, the reported figures of companies, and the input of the last delivery of a name. */
export const writtenValues: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  `create table written_values (
    tenant text not null, key text not null, field text not null, delivery text not null, hashes text not null,
    is_creation integer not null, hops integer not null, sent_at integer not null, settled_at integer, superseded_at integer,
    primary key (tenant, key, field, delivery)) without rowid`,
  "create index written_values_delivery on written_values (tenant, delivery)",
  "create index written_values_sent on written_values (tenant, sent_at)",
  `create table route_decisions (
    tenant text not null, sequence integer not null, decisions text not null, config text not null, decided_at integer not null,
    primary key (tenant, sequence)) without rowid`,
  "create index route_decisions_decided on route_decisions (tenant, decided_at)",
  `create table company_figures (
    tenant text not null, node text not null, digest text not null, updated_at integer not null,
    primary key (tenant, node)) without rowid`,
  "alter table deliveries add column input_hash text",
  "create index deliveries_newest_of_name on deliveries (tenant, name, sequence desc) where name is not null",
];
