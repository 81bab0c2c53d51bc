import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

/** What the console needs: its sessions, paused connections, what panels showed, and the causes of failed requests. */
export const consoleTables: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  `create table console_sessions (
    tenant text not null, id text not null, key_id text not null, created_at integer not null, used_at integer not null,
    expires_at integer not null, primary key (tenant, id)) without rowid`,
  "create index console_sessions_expiry on console_sessions (tenant, expires_at)",
  `create table paused_connections (
    tenant text not null, connection text not null, paused_at integer not null, paused_by text not null,
    primary key (tenant, connection)) without rowid`,
  `create table panel_counts (
    tenant text not null, bucket_at integer not null, kind text not null, label text not null, count integer not null,
    primary key (tenant, bucket_at, kind, label)) without rowid`,
  `create table failed_requests (
    tenant text not null, request_id text not null, at integer not null, method text not null, route text not null,
    status integer not null, code text not null, cause text, key_id text, panel text,
    primary key (tenant, request_id)) without rowid`,
  "create index failed_requests_at on failed_requests (tenant, at)",
  "create index events_correlation on events (tenant, correlation_id) where stages is not null",
];
