import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

/** How old facts were when they arrived, minutes in which data was behind, and what was sent and answered in each hour. */
export const freshnessAndCosts: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  `create table freshness_counts (
    tenant text not null, span integer not null, at integer not null, connection text not null, object text not null,
    measure text not null, cause text not null, bound integer not null, count integer not null,
    primary key (tenant, span, at, connection, object, measure, cause, bound)) without rowid`,
  `create table usage_totals (
    tenant text not null, hour integer not null, kind text not null, connection text not null, name text not null,
    route text not null, customer_tier text not null, records integer not null, events integer not null, calls integer not null,
    primary key (tenant, hour, kind, connection, name, route, customer_tier)) without rowid`,
];
