import { createTables } from "./createTables.ts";

const statements = [
  `create table console_sessions (
    tenant text not null, id text not null, key_id text not null, created_at bigint not null, used_at bigint not null,
    expires_at bigint not null, primary key (tenant, id))`,
  "create index console_sessions_expiry on console_sessions (tenant, expires_at)",
  `create table paused_connections (
    tenant text not null, connection text not null, paused_at bigint not null, paused_by text not null,
    primary key (tenant, connection))`,
  `create table panel_counts (
    tenant text not null, bucket_at bigint not null, kind text not null, label text not null, count bigint not null,
    primary key (tenant, bucket_at, kind, label))`,
  `create table failed_requests (
    tenant text not null, request_id text not null, at bigint not null, method text not null, route text not null,
    status integer not null, code text not null, cause text, key_id text, panel text,
    primary key (tenant, request_id))`,
  "create index failed_requests_at on failed_requests (tenant, at)",
  "create index events_correlation on events (tenant, correlation_id) where stages is not null",
];

/** What the console needs: its sessions, paused connections, what panels showed, and the causes of failed requests. */
export const consoleTables = createTables(statements, [
  "console_sessions",
  "paused_connections",
  "panel_counts",
  "failed_requests",
]);
