import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

/** The purpose of a delivery, what customers' teams were alerted to, and falls of health that are not yet confirmed. */
export const consentAndAlerts: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  "alter table deliveries add column purpose text",
  `create table churn_alerts (
    tenant text not null, customer text not null, cause text not null, is_alert integer not null, raised_at integer not null,
    event_id text not null,
    primary key (tenant, customer, cause, is_alert)) without rowid`,
  `create table health_falls (
    tenant text not null, customer text not null, from_score integer not null, from_band text not null, started_at integer not null,
    event_id text not null,
    primary key (tenant, customer)) without rowid`,
  "create index health_falls_started on health_falls (tenant, started_at)",
];
