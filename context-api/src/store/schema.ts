import type {
  ApiKeysTable,
  AuditEntriesTable,
  CanariesTable,
  ConfigPinsTable,
  ConfigVersionsTable,
  CustomerPinsTable,
  UsedTokensTable,
} from "./rows/access.ts";
import type { CallsTable, CallTotalsTable } from "./rows/calls.ts";
import type { ConsoleSessionsTable, FailedRequestsTable, PanelCountsTable, PausedConnectionsTable } from "./rows/console.ts";
import type {
  CompanyFiguresTable,
  ConflictsTable,
  DeliveriesTable,
  DeliveryClaimsTable,
  FieldStatesTable,
  ReplaysTable,
  RouteDecisionsTable,
  WrittenValuesTable,
} from "./rows/deliveries.ts";
import type { IdentityModelsTable, IdentityRunsTable, IdentityStrikesTable, IdentitySuggestionsTable } from "./rows/identity.ts";
import type {
  BaselinesTable,
  ConsumerOffsetsTable,
  DeduplicationKeysTable,
  EventsTable,
  ProjectionFailuresTable,
  QuarantineTable,
  SubjectKeysTable,
  TenantsTable,
} from "./rows/log.ts";
import type {
  CoverageTable,
  EdgesTable,
  IdentifiersTable,
  MembersTable,
  ObservationsTable,
  RecordHeadsTable,
  RecordsTable,
} from "./rows/records.ts";
import type {
  AlertIncidentsTable,
  AlertMessagesTable,
  AlertsTable,
  ChurnAlertsTable,
  CustomerHealthTable,
  CustomerOverviewTable,
  HealthFallsTable,
  QualityMeasurementsTable,
} from "./rows/signals.ts";
import type {
  ConnectionHealthTable,
  ConnectionStatesTable,
  EventCountsTable,
  ListExportsTable,
  ListMentionsTable,
  PassedOverTable,
  PlatformShapesTable,
  QuotaUseTable,
  SubscriptionPositionsTable,
  SyncCheckpointsTable,
} from "./rows/sync.ts";
import type { FreshnessCountsTable, UsageTotalsTable } from "./rows/totals.ts";

// Clear columns contain no personal value. `key`, `subject`, `identifier` and both ends of an edge are keyed hashes. The content of a
// record is sealed in `payload`. Instants are epoch milliseconds. Sequences start at 1 in each tenant.

export type * from "./rows/access.ts";
export type * from "./rows/calls.ts";
export type * from "./rows/console.ts";
export type * from "./rows/deliveries.ts";
export type * from "./rows/identity.ts";
export type * from "./rows/log.ts";
export type * from "./rows/records.ts";
export type * from "./rows/signals.ts";
export type * from "./rows/sync.ts";
export type * from "./rows/totals.ts";

export interface Database {
  tenants: TenantsTable;
  subject_keys: SubjectKeysTable;
  events: EventsTable;
  records: RecordsTable;
  identifiers: IdentifiersTable;
  edges: EdgesTable;
  members: MembersTable;
  record_heads: RecordHeadsTable;
  projection_failures: ProjectionFailuresTable;
  observations: ObservationsTable;
  coverage: CoverageTable;
  sync_checkpoints: SyncCheckpointsTable;
  passed_over: PassedOverTable;
  quality_measurements: QualityMeasurementsTable;
  field_states: FieldStatesTable;
  audit_entries: AuditEntriesTable;
  customer_pins: CustomerPinsTable;
  customer_overview: CustomerOverviewTable;
  conflicts: ConflictsTable;
  identity_models: IdentityModelsTable;
  identity_runs: IdentityRunsTable;
  identity_suggestions: IdentitySuggestionsTable;
  identity_strikes: IdentityStrikesTable;
  quota_use: QuotaUseTable;
  used_tokens: UsedTokensTable;
  freshness_counts: FreshnessCountsTable;
  usage_totals: UsageTotalsTable;
  event_counts: EventCountsTable;
  calls: CallsTable;
  call_totals: CallTotalsTable;
  consumer_offsets: ConsumerOffsetsTable;
  subscription_positions: SubscriptionPositionsTable;
  platform_shapes: PlatformShapesTable;
  connection_health: ConnectionHealthTable;
  console_sessions: ConsoleSessionsTable;
  paused_connections: PausedConnectionsTable;
  panel_counts: PanelCountsTable;
  failed_requests: FailedRequestsTable;
  /** PostgreSQL only. */
  connection_states: ConnectionStatesTable;
  delivery_claims: DeliveryClaimsTable;
  api_keys: ApiKeysTable;
  alerts: AlertsTable;
  alert_messages: AlertMessagesTable;
  alert_incidents: AlertIncidentsTable;
  customer_health: CustomerHealthTable;
  churn_alerts: ChurnAlertsTable;
  health_falls: HealthFallsTable;
  deliveries: DeliveriesTable;
  written_values: WrittenValuesTable;
  route_decisions: RouteDecisionsTable;
  replays: ReplaysTable;
  company_figures: CompanyFiguresTable;
  deduplication_keys: DeduplicationKeysTable;
  quarantine: QuarantineTable;
  list_exports: ListExportsTable;
  list_mentions: ListMentionsTable;
  config_versions: ConfigVersionsTable;
  config_pins: ConfigPinsTable;
  canaries: CanariesTable;
  baselines: BaselinesTable;
  baseline_records: RecordsTable;
  baseline_identifiers: IdentifiersTable;
  baseline_edges: EdgesTable;
  baseline_members: MembersTable;
}

/** Tables that are derived from the log only, each with its key in order. A rebuild deletes their rows and projects the log again. */
export const projectionTables = {
  records: ["key", "from_seq"],
  identifiers: ["identifier", "key", "from_seq"],
  edges: ["from_key", "rel", "to_key", "from_seq"],
  members: ["key", "from_seq"],
} as const;
export type ProjectionTable = keyof typeof projectionTables;
