import { createTables } from "./createTables.ts";

const statements = [
  `create table tenants (
    tenant text not null, wrapped_key bytea not null, wrapped_index_key bytea not null,
    created_at bigint not null, primary key (tenant))`,
  `create table subject_keys (
    tenant text not null, subject text not null, wrapped_key bytea not null, created_at bigint not null,
    primary key (tenant, subject))`,
  `create table events (
    tenant text not null, sequence bigint not null, event_id text not null, type text not null,
    schema_version bigint not null, timestamp bigint not null, received_at bigint not null,
    platform text not null, connection text not null, object text not null, key text not null,
    subject text not null, correlation_id text not null, deduplication_key text, payload bytea not null,
    stages text, source_event_hash text, primary key (tenant, sequence), unique (tenant, event_id))`,
  `create table deduplication_keys (
    tenant text not null, deduplication_key text not null, event_id text not null, received_at bigint not null,
    primary key (tenant, deduplication_key))`,
  `create table quarantine (
    tenant text not null, id text not null, connection text not null, platform text not null,
    webhook text not null, reason text not null, detail text not null, state text not null,
    received_at bigint not null, resolved_at bigint, subject text not null, payload bytea not null,
    primary key (tenant, id))`,
  `create table list_exports (
    tenant text not null, list text not null, export_key text not null, export_order bigint not null,
    pages text not null, total bigint not null, is_complete bigint not null, received_at bigint not null,
    primary key (tenant, list, export_key))`,
  `create table list_mentions (
    tenant text not null, member text not null, list text not null, export_order bigint not null,
    primary key (tenant, member))`,
  `create table record_heads (
    tenant text not null, key text not null, sequence bigint not null, digest text not null,
    deleted bigint not null, version_changed_at bigint, changed_at bigint, change_order double precision not null,
    observed_at bigint not null, previous_observed_at bigint not null, primary key (tenant, key))`,
  `create table projection_failures (
    tenant text not null, sequence bigint not null, event_id text not null, reason text not null,
    primary key (tenant, sequence))`,
  `create table records (
    tenant text not null, key text not null, from_seq bigint not null, to_seq bigint, first_seq bigint not null,
    platform text not null, connection text not null, object text not null, kind text not null,
    subject text not null, changed_at bigint, deleted bigint not null, digest text not null,
    payload bytea not null, primary key (tenant, key, from_seq))`,
  `create table identifiers (
    tenant text not null, identifier text not null, key text not null, kind text not null,
    from_seq bigint not null, to_seq bigint, primary key (tenant, identifier, key, from_seq))`,
  `create table edges (
    tenant text not null, from_key text not null, rel text not null, to_key text not null,
    from_seq bigint not null, to_seq bigint, primary key (tenant, from_key, rel, to_key, from_seq))`,
  `create table members (
    tenant text not null, key text not null, node text not null, rule text not null, from_seq bigint not null,
    to_seq bigint, primary key (tenant, key, from_seq))`,
  `create table observations (
    tenant text not null, key text not null, observed_at bigint not null, primary key (tenant, key))`,
  `create table coverage (
    tenant text not null, connection text not null, object text not null, observed_at bigint not null,
    primary key (tenant, connection, object))`,
  `create table passed_over (
    tenant text not null, connection text not null, stream text not null, reason text not null,
    count bigint not null, first_at bigint not null, last_at bigint not null,
    primary key (tenant, connection, stream, reason))`,
  `create table sync_checkpoints (
    tenant text not null, connection text not null, stream text not null, state text not null,
    is_complete bigint not null, records bigint not null, started_at bigint not null, updated_at bigint not null,
    primary key (tenant, connection, stream))`,
  `create table consumer_offsets (
    tenant text not null, consumer text not null, sequence bigint not null, updated_at bigint not null,
    primary key (tenant, consumer))`,
  `create table subscription_positions (
    tenant text not null, connection text not null, position text not null, updated_at bigint not null,
    primary key (tenant, connection))`,
  `create table platform_shapes (
    tenant text not null, connection text not null, shape text not null, checked_at bigint not null,
    primary key (tenant, connection))`,
  `create table connection_health (
    tenant text not null, connection text not null, last_success_at bigint, failing_since bigint,
    failure_code text, failure_message text, primary key (tenant, connection))`,
  `create table api_keys (
    tenant text not null, key_id text not null, secret_hash text not null, role text not null,
    label text not null, created_at bigint not null, expires_at bigint, revoked_at bigint,
    primary key (tenant, key_id))`,
  `create table deliveries (
    tenant text not null, id text not null, route text not null, target text not null, action text not null,
    event_id text not null, sequence bigint not null, subject text not null, name text, state text not null,
    cause text, message text, attempts bigint not null, next_at bigint not null, created_at bigint not null,
    settled_at bigint, config text not null, payload bytea not null, purpose text, input_hash text,
    sealed_ref bytea, primary key (tenant, id))`,
  `create table written_values (
    tenant text not null, key text not null, field text not null, delivery text not null, hashes text not null,
    is_creation bigint not null, hops bigint not null, sent_at bigint not null, settled_at bigint,
    superseded_at bigint, primary key (tenant, key, field, delivery))`,
  `create table company_figures (
    tenant text not null, node text not null, digest text not null, updated_at bigint not null,
    primary key (tenant, node))`,
  `create table route_decisions (
    tenant text not null, sequence bigint not null, decisions text not null, config text not null,
    decided_at bigint not null, primary key (tenant, sequence))`,
  `create table customer_health (
    tenant text not null, customer text not null, score bigint, band text, trend text, sequence bigint not null,
    primary key (tenant, customer))`,
  `create table churn_alerts (
    tenant text not null, customer text not null, cause text not null, is_alert bigint not null,
    raised_at bigint not null, event_id text not null, primary key (tenant, customer, cause, is_alert))`,
  `create table health_falls (
    tenant text not null, customer text not null, from_score bigint not null, from_band text not null,
    started_at bigint not null, event_id text not null, primary key (tenant, customer))`,
  `create table alerts (
    tenant text not null, id text not null, kind text not null, severity text not null, connection text not null,
    subject text not null, message text not null, opened_at bigint not null, closed_at bigint, cause text,
    since bigint, count bigint not null default 1, next_action text, reopenings bigint not null default 0,
    primary key (tenant, id))`,
  `create table config_versions (
    tenant text not null, version text not null, text text not null, since bigint not null, origin text not null,
    primary key (tenant, version))`,
  `create table config_pins (
    tenant text not null, version text not null, files_version text not null, pinned_at bigint not null,
    primary key (tenant))`,
  `create table baselines (
    tenant text not null, sequence bigint not null, received_before bigint not null, pruned_at bigint not null,
    primary key (tenant))`,
  "create index deduplication_keys_received on deduplication_keys (tenant, received_at)",
  "create index deliveries_blocking on deliveries (tenant, route, subject) where state in ('dead_letter', 'blocked')",
  "create index deliveries_due on deliveries (tenant, target, state, next_at)",
  "create index deliveries_event on deliveries (tenant, event_id)",
  "create index deliveries_listed on deliveries (tenant, created_at desc, id)",
  "create index deliveries_name on deliveries (tenant, name, state)",
  "create index deliveries_newest_of_name on deliveries (tenant, name, sequence desc) where name is not null",
  "create index deliveries_settled on deliveries (tenant, route, state, settled_at, sequence, attempts)",
  "create index edges_to on edges (tenant, to_key, rel, to_seq)",
  "create index events_key on events (tenant, key, sequence)",
  "create index events_object on events (tenant, connection, object, sequence)",
  "create index events_received on events (tenant, received_at, platform, type)",
  "create index events_source_event on events (tenant, source_event_hash) where source_event_hash is not null",
  "create index health_falls_started on health_falls (tenant, started_at)",
  "create index identifiers_key on identifiers (tenant, key)",
  "create index list_mentions_list on list_mentions (tenant, list, export_order)",
  "create index members_node on members (tenant, node, from_seq, key, rule, to_seq)",
  "create index quarantine_by_webhook on quarantine (tenant, connection, state, webhook)",
  "create index quarantine_listed on quarantine (tenant, received_at desc, id)",
  "create index records_of_object on records (tenant, connection, object, deleted, key) where to_seq is null",
  "create index route_decisions_decided on route_decisions (tenant, decided_at)",
  "create index written_values_delivery on written_values (tenant, delivery)",
  "create index written_values_sent on written_values (tenant, sent_at)",
  "create table baseline_records (like records including defaults)",
  "create index baseline_records_key on baseline_records (tenant, key, from_seq)",
  "create table baseline_identifiers (like identifiers including defaults)",
  "create index baseline_identifiers_key on baseline_identifiers (tenant, identifier, key, from_seq)",
  "create table baseline_edges (like edges including defaults)",
  "create index baseline_edges_key on baseline_edges (tenant, from_key, rel, to_key, from_seq)",
  "create table baseline_members (like members including defaults)",
  "create index baseline_members_key on baseline_members (tenant, key, from_seq)",
  // The last sequence of each tenant's log. An append locks its row.
  "create table log_heads (tenant text not null, sequence bigint not null, primary key (tenant))",
];

/** The list of tenants is read by every process. */
const tenantTables = statements.flatMap((statement) => /^create table (?!tenants )(\w+)/.exec(statement)?.[1] ?? []);

/** All tables, as the embedded store has them after its own migrations. */
export const initial = createTables(statements, tenantTables);
