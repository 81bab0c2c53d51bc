import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

/** Messages about alerts, what a channel was sent of each group of alerts, and who acknowledged or muted an alert. */
export const alertMessages: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  "alter table alerts add column acknowledged_at integer",
  "alter table alerts add column acknowledged_by text",
  "alter table alerts add column muted_until integer",
  `create table alert_messages (
    tenant text not null, id text not null, alert_group text not null, channel text not null, kind text not null,
    alerts text not null, created_at integer not null, due_at integer not null, attempts integer not null, state text not null,
    settled_at integer, problem text,
    primary key (tenant, id)) without rowid`,
  "create index alert_messages_by_state on alert_messages (tenant, state, channel, created_at)",
  "create index alert_messages_created on alert_messages (tenant, created_at)",
  `create table alert_incidents (
    tenant text not null, alert_group text not null, channel text not null, severity text not null, alerts text not null,
    opened_at integer not null, changed_at integer not null, acknowledged_at integer, closed_at integer,
    primary key (tenant, alert_group, channel)) without rowid`,
];
