import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

/** What the matching model found: its versions, its last run, customers that may be one, and identifiers that join nobody. */
export const identityMatching: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  `create table identity_models (
    tenant text not null, version text not null, fitted_at integer not null, pairs integer not null, people integer not null,
    model text not null,
    primary key (tenant, version)) without rowid`,
  `create table identity_runs (
    tenant text not null primary key, matched_at integer not null, duration_ms integer not null, people integer not null,
    companies integer not null, model_version text not null) without rowid`,
  `create table identity_suggestions (
    tenant text not null, id text not null, kind text not null, left_key text not null, right_key text not null,
    confidence integer not null, reasons text not null, model_version text, state text not null, found_at integer not null,
    updated_at integer not null,
    primary key (tenant, id)) without rowid`,
  "create index identity_suggestions_best on identity_suggestions (tenant, state, confidence, id)",
  "create index identity_suggestions_left on identity_suggestions (tenant, left_key)",
  "create index identity_suggestions_right on identity_suggestions (tenant, right_key)",
  `create table identity_strikes (
    tenant text not null, identifier text not null, kind text not null, holders integer not null, since integer not null,
    key text not null, reason text not null, is_recorded integer not null,
    primary key (tenant, identifier, kind)) without rowid`,
  "create index identity_strikes_held on identity_strikes (tenant, holders, identifier)",
  "create index identity_strikes_reason on identity_strikes (tenant, reason, is_recorded, holders)",
];
