import { createTables } from "./createTables.ts";

const statements = [
  `create table customer_overview (
    tenant text not null, node text not null, owner text not null, band text not null, score bigint not null,
    usage_trend text not null, renewal_day text not null, last_active_at bigint not null, band_since bigint not null,
    trend_since bigint not null, computed_at bigint not null, subject text not null, payload bytea not null,
    primary key (tenant, node))`,
  "create index customer_overview_score on customer_overview (tenant, score, node)",
  "create index customer_overview_renewal on customer_overview (tenant, renewal_day, node)",
  "create index customer_overview_active on customer_overview (tenant, last_active_at, node)",
  "create index customer_overview_owner on customer_overview (tenant, owner, score, node)",
  "create index customer_overview_band on customer_overview (tenant, band, score, node)",
  "create index customer_overview_trend on customer_overview (tenant, usage_trend, score, node)",
  "create index customer_overview_age on customer_overview (tenant, computed_at, node)",
];

/** What a list of companies is chosen and sorted by. Names and amounts are sealed. */
export const customerOverview = createTables(statements, ["customer_overview"]);
