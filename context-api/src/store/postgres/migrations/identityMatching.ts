import { createTables } from "./createTables.ts";

const statements = [
  `create table identity_models (
    tenant text not null, version text not null, fitted_at bigint not null, pairs bigint not null, people bigint not null,
    model text not null,
    primary key (tenant, version))`,
  `create table identity_runs (
    tenant text not null primary key, matched_at bigint not null, duration_ms bigint not null, people bigint not null,
    companies bigint not null, model_version text not null)`,
  `create table identity_suggestions (
    tenant text not null, id text not null, kind text not null, left_key text not null, right_key text not null,
    confidence bigint not null, reasons text not null, model_version text, state text not null, found_at bigint not null,
    updated_at bigint not null,
    primary key (tenant, id))`,
  "create index identity_suggestions_best on identity_suggestions (tenant, state, confidence, id)",
  "create index identity_suggestions_left on identity_suggestions (tenant, left_key)",
  "create index identity_suggestions_right on identity_suggestions (tenant, right_key)",
  `create table identity_strikes (
    tenant text not null, identifier text not null, kind text not null, holders bigint not null, since bigint not null,
    key text not null, reason text not null, is_recorded bigint not null,
    primary key (tenant, identifier, kind))`,
  "create index identity_strikes_held on identity_strikes (tenant, holders, identifier)",
  "create index identity_strikes_reason on identity_strikes (tenant, reason, is_recorded, holders)",
];

/** What the matching model found: its versions, its last run, customers that may be one, and identifiers that join nobody. */
export const identityMatching = createTables(statements, [
  "identity_models",
  "identity_runs",
  "identity_suggestions",
  "identity_strikes",
]);
