import { createTables } from "./createTables.ts";

const statements = [
  `create table calls (
    tenant text not null, call_id text not null, at bigint not null, connection text not null, platform text not null,
    operation text not null, priority text not null, status integer not null, ms bigint not null, bytes bigint not null,
    cause text not null, customer_tier text, request_id text,
    primary key (tenant, call_id))`,
  "create index calls_connection on calls (tenant, connection, call_id)",
  "create index calls_request on calls (tenant, request_id, call_id) where request_id is not null",
  `create table call_totals (
    tenant text not null, hour bigint not null, connection text not null, platform text not null, operation text not null,
    priority text not null, status_class text not null, cause text not null, customer_tier text not null,
    calls bigint not null, ms bigint not null, bytes bigint not null,
    primary key (tenant, hour, connection, operation, priority, status_class, cause, customer_tier))`,
];

/** The calls to the platforms, and their totals by the hour. */
export const callLog = createTables(statements, ["calls", "call_totals"]);
