import { createTables } from "./createTables.ts";

const statements = [
  "alter table alerts add column acknowledged_at bigint",
  'alter table alerts add column acknowledged_by text collate "C"',
  "alter table alerts add column muted_until bigint",
  `create table alert_messages (
    tenant text not null, id text not null, alert_group text not null, channel text not null, kind text not null,
    alerts text not null, created_at bigint not null, due_at bigint not null, attempts bigint not null, state text not null,
    settled_at bigint, problem text,
    primary key (tenant, id))`,
  "create index alert_messages_by_state on alert_messages (tenant, state, channel, created_at)",
  "create index alert_messages_created on alert_messages (tenant, created_at)",
  `create table alert_incidents (
    tenant text not null, alert_group text not null, channel text not null, severity text not null, alerts text not null,
    opened_at bigint not null, changed_at bigint not null, acknowledged_at bigint, closed_at bigint,
    primary key (tenant, alert_group, channel))`,
];

/** Messages about alerts, what a channel was sent of each group of alerts, and who acknowledged or muted an alert. */
export const alertMessages = createTables(statements, ["alert_messages", "alert_incidents"]);
