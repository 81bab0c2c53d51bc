import { createTables } from "./createTables.ts";

const statements = [
  `create table freshness_counts (
    tenant text not null, span integer not null, at bigint not null, connection text not null, object text not null,
    measure text not null, cause text not null, bound integer not null, count bigint not null,
    primary key (tenant, span, at, connection, object, measure, cause, bound))`,
  `create table usage_totals (
    tenant text not null, hour bigint not null, kind text not null, connection text not null, name text not null,
    route text not null, customer_tier text not null, records bigint not null, events bigint not null, calls bigint not null,
    primary key (tenant, hour, kind, connection, name, route, customer_tier))`,
];

/** How old facts were when they arrived, minutes in which data was behind, and what was sent and answered in each hour. */
export const freshnessAndCosts = createTables(statements, ["freshness_counts", "usage_totals"]);
