import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

/** Plain names of tables, columns and stored values, and one table for each owner of a checkpoint. */
export const plainNames: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  // States and causes.
  "update deliveries set state = 'dead_letter' where state = 'dead'",
  "update deliveries set state = 'blocked' where state = 'held'",
  "update deliveries set cause = 'invalid_credentials' where cause = 'unauthorised'",
  "drop index deliveries_given_up",
  "create index deliveries_blocking on deliveries (tenant, route, subject) where state in ('dead_letter', 'blocked')",
  "update quarantine set state = 'quarantined' where state = 'held'",
  "alter table quarantine rename column settled_at to resolved_at",
  "update connection_health set failure_code = 'invalid_credentials' where failure_code = 'unauthorized'",
  "update connection_health set failure_code = 'quota_exhausted' where failure_code = 'budget_exhausted'",

  // Events: their deduplication key, and a hash that finds them by the platform's own id.
  "alter table events rename column source_event_id to deduplication_key",
  "alter table events add column source_event_hash text",
  "create index events_source_event on events (tenant, source_event_hash) where source_event_hash is not null",
  `update events set stages = replace(stages, '"authenticatedAt"', '"verifiedAt"') where stages is not null`,

  // Deduplication keys.
  "alter table received rename to deduplication_keys",
  "alter table deduplication_keys rename column name to deduplication_key",
  "drop index received_at",
  "create index deduplication_keys_received on deduplication_keys (tenant, received_at)",

  // Member lists.
  "alter table list_sendings rename to list_exports",
  "alter table list_exports rename column name to export_key",
  "alter table list_exports rename column ord to export_order",
  "alter table list_exports rename column covers to is_complete",
  "alter table list_mentions rename column ord to export_order",

  // The health that a customer last had.
  "alter table customer_signals rename to customer_health",

  // Written in every commit and never read.
  "drop table versions",
  "drop table baseline_versions",
  "alter table baselines rename column before to received_before",

  // `checkpoints` had four owners: the consumers of the log (without a connection), two special streams, and the sync streams.
  `create table consumer_offsets (
    tenant text not null, consumer text not null, sequence integer not null, updated_at integer not null,
    primary key (tenant, consumer)) without rowid`,
  `insert into consumer_offsets (tenant, consumer, sequence, updated_at)
    select tenant, case stream when 'standings' then 'health' else stream end, json_extract(state, '$.sequence'), updated_at
    from checkpoints where connection = ''`,
  `create table subscription_positions (
    tenant text not null, connection text not null, position text not null, updated_at integer not null,
    primary key (tenant, connection)) without rowid`,
  `insert into subscription_positions (tenant, connection, position, updated_at)
    select tenant, connection, state, updated_at from checkpoints where connection <> '' and stream = 'change-events'`,
  `create table platform_shapes (
    tenant text not null, connection text not null, shape text not null, checked_at integer not null,
    primary key (tenant, connection))`,
  `insert into platform_shapes (tenant, connection, shape, checked_at)
    select tenant, connection, state, updated_at from checkpoints where connection <> '' and stream = 'shape'`,
  `create table sync_checkpoints (
    tenant text not null, connection text not null, stream text not null, state text not null, is_complete integer not null,
    records integer not null, started_at integer not null, updated_at integer not null,
    primary key (tenant, connection, stream))`,
  `insert into sync_checkpoints (tenant, connection, stream, state, is_complete, records, started_at, updated_at)
    select tenant, connection, stream, state, complete, records, started_at, updated_at from checkpoints
    where connection <> '' and stream not in ('change-events', 'shape')`,
  "drop table checkpoints",
];
