import { createTables } from "./createTables.ts";

const statements = [
  `create table audit_entries (
    tenant text not null, id text not null, at bigint not null, verb text not null, key_id text not null, role text not null,
    person text, customer text, ids text not null, request text, subject text, payload bytea,
    primary key (tenant, id))`,
  "create index audit_entries_newest on audit_entries (tenant, at, id)",
  "create index audit_entries_verb on audit_entries (tenant, verb, at, id)",
  `create table customer_pins (
    tenant text not null, owner text not null, key text not null, kind text not null, pinned_at bigint not null,
    primary key (tenant, owner, key))`,
];

/** Who did what, with the key that makes a second attempt harmless, and the customers that people pinned. */
export const actions = createTables(statements, ["audit_entries", "customer_pins"]);
