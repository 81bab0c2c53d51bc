import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

/** The calls to the platforms, and their totals by the hour. Operations are paths without parameter values: nothing personal. */
export const callLog: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  `create table calls (
    tenant text not null, call_id text not null, at integer not null, connection text not null, platform text not null,
    operation text not null, priority text not null, status integer not null, ms integer not null, bytes integer not null,
    cause text not null, customer_tier text, request_id text,
    primary key (tenant, call_id)) without rowid`,
  "create index calls_connection on calls (tenant, connection, call_id)",
  "create index calls_request on calls (tenant, request_id, call_id) where request_id is not null",
  `create table call_totals (
    tenant text not null, hour integer not null, connection text not null, platform text not null, operation text not null,
    priority text not null, status_class text not null, cause text not null, customer_tier text not null,
    calls integer not null, ms integer not null, bytes integer not null,
    primary key (tenant, hour, connection, operation, priority, status_class, cause, customer_tier)) without rowid`,
];
