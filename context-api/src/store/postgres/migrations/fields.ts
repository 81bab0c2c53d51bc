import { createTables } from "./createTables.ts";

const statements = [
  `create table field_states (
    tenant text not null, key text not null, field text not null, seen text not null, agreed text not null, partner text not null,
    hops bigint not null, changed_at bigint not null, written_at bigint,
    primary key (tenant, key, field))`,
  `create table conflicts (
    tenant text not null, id text not null, key text not null, field text not null, state text not null, cause text not null,
    rule text not null, subject text not null, opened_at bigint not null, resolved_at bigint, decided_by text, payload bytea not null,
    primary key (tenant, id))`,
  "create index conflicts_opened on conflicts (tenant, opened_at)",
  "create index conflicts_of_record on conflicts (tenant, key, field)",
  "create index conflicts_by_state on conflicts (tenant, state, field, opened_at)",
];

/** What was agreed on fields that several platforms keep, and their conflicts. */
export const fields = createTables(statements, ["field_states", "conflicts"]);
