// Clear columns contain no personal value. `key`, `subject`, `identifier` and both ends of an edge are keyed hashes. The content of a
// record is sealed in `payload`. Instants are epoch milliseconds. Sequences start at 1 in each tenant.

export interface TenantsTable {
  tenant: string;
  /** Wraps the data keys. Wrapped by the master key. */
  wrapped_key: Buffer;
  /** Makes the keyed hashes. Wrapped by the master key. It does not change when the other key is rotated. */
  wrapped_index_key: Buffer;
  created_at: number;
  /** Which form its projections have, see log/projections/version.ts. */
  projection_version: number;
}

export interface SubjectKeysTable {
  tenant: string;
  subject: string;
  wrapped_key: Buffer;
  created_at: number;
}

export interface EventsTable {
  tenant: string;
  sequence: number;
  event_id: string;
  type: string;
  schema_version: number;
  timestamp: number;
  received_at: number;
  platform: string;
  connection: string;
  object: string;
  key: string;
  subject: string;
  correlation_id: string;
  /** Keyed hash that recognizes a repeated event; null for a change that a pull or a read found. */
  deduplication_key: string | null;
  /** Keyed hash of the platform's own id of the event, to find events by it. The id itself is sealed in the payload. */
  source_event_hash: string | null;
  /** JSON of the instants at which a webhook event was verified, parsed and appended; null for other events. */
  stages: string | null;
  payload: Buffer;
}

/** Keyed hashes of the source ids of events, so that a repeated event is recognized. Kept for a week. */
export interface DeduplicationKeysTable {
  tenant: string;
  deduplication_key: string;
  event_id: string;
  received_at: number;
}

/** Verified messages that could not be used. */
export interface QuarantineTable {
  tenant: string;
  id: string;
  connection: string;
  platform: string;
  /** Kind of the webhook in the configuration. */
  webhook: string;
  reason: string;
  /** What was wrong; never a value. */
  detail: string;
  /** quarantined, released or discarded. */
  state: string;
  received_at: number;
  resolved_at: number | null;
  subject: string;
  /** The request, sealed. */
  payload: Buffer;
}

/** An export of a member list that a platform sends in pages. Kept for a week. */
export interface ListExportsTable {
  tenant: string;
  /** Keyed hash of the list's ref. */
  list: string;
  /** Keyed hash of the export's name. */
  export_key: string;
  /** Larger for an export that began later. */
  export_order: number;
  /** JSON: the numbers of the pages that have arrived. */
  pages: string;
  total: number;
  /** 1 if a person that the export did not mention is no member. */
  is_complete: number;
  received_at: number;
}

/** The last export that mentioned a member. A complete export of the list deletes it. */
export interface ListMentionsTable {
  tenant: string;
  /** Keyed hash of the member's ref. */
  member: string;
  list: string;
  export_order: number;
}

/** One version of a record; current while `to_seq` is null. */
export interface RecordsTable {
  tenant: string;
  key: string;
  from_seq: number;
  to_seq: number | null;
  /** Sequence of the record's first version. The oldest record of a customer gives the customer's id. */
  first_seq: number;
  platform: string;
  connection: string;
  object: string;
  kind: string;
  subject: string;
  changed_at: number | null;
  deleted: number;
  digest: string;
  payload: Buffer;
}

export interface IdentifiersTable {
  tenant: string;
  identifier: string;
  key: string;
  kind: string;
  from_seq: number;
  to_seq: number | null;
}

export interface EdgesTable {
  tenant: string;
  from_key: string;
  rel: string;
  to_key: string;
  from_seq: number;
  to_seq: number | null;
}

/** The customer of a record, and the rule that matched it. `node` is the key of the customer's oldest record. */
export interface MembersTable {
  tenant: string;
  key: string;
  node: string;
  rule: string;
  from_seq: number;
  to_seq: number | null;
}

/**
 * The newest version of a record in the log, which the projections may not contain yet. The writer compares each incoming version with
 * it. It also holds what changes without a change of content, and is therefore not in the log.
 */
export interface RecordHeadsTable {
  tenant: string;
  key: string;
  /** Of the event that carries the version. */
  sequence: number;
  digest: string;
  deleted: number;
  /** The modification time that the version carries. */
  version_changed_at: number | null;
  /** The newest modification time that the source reported. It identifies an older version that arrives late. */
  changed_at: number | null;
  /** Orders versions of the same modification time. */
  change_order: number;
  /** When the source last showed this version. */
  observed_at: number;
  /** When the source last showed an earlier version, for readers to whom this version is not projected yet. */
  previous_observed_at: number;
}

/** An event that could not be applied to the projections. They go on without it. */
export interface ProjectionFailuresTable {
  tenant: string;
  sequence: number;
  event_id: string;
  /** The class and the place of the error; never a value. */
  reason: string;
}

/** When a connection last returned all that it holds about a customer. */
export interface ObservationsTable {
  tenant: string;
  key: string;
  observed_at: number;
}

/** When a complete pull last confirmed all records of an object. */
export interface CoverageTable {
  tenant: string;
  connection: string;
  object: string;
  observed_at: number;
}

/** What was used of a platform's quota. */
export interface QuotaUseTable {
  tenant: string;
  connection: string;
  quota: string;
  /** JSON: instant, position of the class, count, instant, … */
  requests: string;
  updated_at: number;
}

/** A sign-in token that was used. Instants are epoch ms. */
export interface UsedTokensTable {
  tenant: string;
  /** Keyed hash of the token. */
  token: string;
  /** Which use it was. */
  use: string;
  expires_at: number;
}

/** Events that were sent to a platform that counts them by month. */
export interface EventCountsTable {
  tenant: string;
  connection: string;
  /** `2026-11`, in the time zone of the platform's project. */
  month: string;
  count: number;
  updated_at: number;
}

/** How far a sync stream has been pulled. */
export interface PassedOverTable {
  tenant: string;
  connection: string;
  stream: string;
  /** A field or a fault; never a value. */
  reason: string;
  /** A record that is read again counts again. */
  count: number;
  first_at: number;
  last_at: number;
}

export interface SyncCheckpointsTable {
  tenant: string;
  connection: string;
  stream: string;
  /** JSON in the platform's own form; never personal. */
  state: string;
  /** 1 once the first backfill of this stream is complete. */
  is_complete: number;
  records: number;
  started_at: number;
  updated_at: number;
}

/** How far a consumer has read the log. */
export interface ConsumerOffsetsTable {
  tenant: string;
  consumer: string;
  sequence: number;
  updated_at: number;
}

/** How far the event subscription of a connection was received. */
export interface SubscriptionPositionsTable {
  tenant: string;
  connection: string;
  /** JSON in the platform's own form; never personal. */
  position: string;
  updated_at: number;
}

/** The schema of a platform, as the last check found it. */
export interface PlatformShapesTable {
  tenant: string;
  connection: string;
  /** JSON. */
  shape: string;
  checked_at: number;
}

export interface ConnectionHealthTable {
  tenant: string;
  connection: string;
  last_success_at: number | null;
  failing_since: number | null;
  failure_code: string | null;
  failure_message: string | null;
}

export interface ApiKeysTable {
  tenant: string;
  key_id: string;
  secret_hash: string;
  role: string;
  label: string;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
}

/** One event for one target, see deliveries/deliveryQueue.ts. */
export interface DeliveriesTable {
  tenant: string;
  /** Identifies the effect at the target. */
  id: string;
  route: string;
  target: string;
  action: string;
  event_id: string;
  sequence: number;
  subject: string;
  /** Keyed hash of the object that it changes, if a later delivery may replace it. */
  name: string | null;
  /** Keyed hash of the input, for a delivery with a name; null for deliveries of earlier releases. */
  input_hash: string | null;
  /** waiting, done, dead_letter, blocked or withheld. */
  state: string;
  cause: string | null;
  message: string | null;
  attempts: number;
  next_at: number;
  created_at: number;
  settled_at: number | null;
  /** Ref of the record that was written, sealed. */
  sealed_ref: Buffer | null;
  /** Version of the configuration that routed it. */
  config: string;
  /** What it is for; null for deliveries without a purpose, and those of earlier releases. */
  purpose: string | null;
  payload: Buffer;
}

/** Which process sends the deliveries of a subject or a name, see tables/deliveryClaims.ts. PostgreSQL only. */
export interface DeliveryClaimsTable {
  tenant: string;
  target: string;
  action: string;
  order_key: string;
  /** Name of the claim. */
  claimed_by: string;
  /** By the clock of the database. */
  claimed_until: number;
}

/** What a delivery wrote to an object, to recognize the platform's report of it. Kept for some days. */
export interface WrittenValuesTable {
  tenant: string;
  /** Keyed hash of the object's ref; of `creation` and the object's type while the ref is not known yet. */
  key: string;
  /** Name of the field; empty for the write as such. */
  field: string;
  /** Id of the delivery. */
  delivery: string;
  /** JSON: keyed hashes of the forms in which the value may be reported; `["*"]` for any value. */
  hashes: string;
  /** 1 when the delivery created the object. */
  is_creation: number;
  /** Number of deliveries that led to this one, each caused by a change that the previous one may have made. */
  hops: number;
  sent_at: number;
  /** When the platform answered; null while the outcome is unknown. */
  settled_at: number | null;
  /** When another value of the field was written or reported. */
  superseded_at: number | null;
}

/** The figures of a company that were reported last, see routing/accountFigures.ts. */
export interface CompanyFiguresTable {
  tenant: string;
  node: string;
  /** Keyed hash. */
  digest: string;
  updated_at: number;
}

/** Why routes did not fire for an event. */
export interface RouteDecisionsTable {
  tenant: string;
  sequence: number;
  /** JSON: reason by route id, see routing/decisions.ts. */
  decisions: string;
  /** Version of the configuration. */
  config: string;
  decided_at: number;
}

/** The last stored health of a customer, see signals/healthState.ts. */
export interface CustomerHealthTable {
  tenant: string;
  /** `company:…` or `person:…`, with the node of the customer. */
  customer: string;
  score: number | null;
  band: string | null;
  trend: string | null;
  /** Sequence of the event since which it applies. */
  sequence: number;
}

/** What a customer's team was alerted to, see signals/alertLimit.ts. */
export interface ChurnAlertsTable {
  tenant: string;
  customer: string;
  /** A reason of a churn risk. */
  cause: string;
  /** 0 for a risk that was not worth an alert. */
  is_alert: number;
  raised_at: number;
  event_id: string;
}

/** A fall of a customer's health score that is not yet confirmed, see signals/healthFalls.ts. */
export interface HealthFallsTable {
  tenant: string;
  customer: string;
  from_score: number;
  from_band: string;
  started_at: number;
  /** The event that started it. */
  event_id: string;
}

export interface AlertsTable {
  tenant: string;
  id: string;
  kind: string;
  severity: string;
  connection: string;
  subject: string;
  message: string;
  opened_at: number;
  closed_at: number | null;
  /** Null for alerts that an earlier release opened. */
  cause: string | null;
  since: number | null;
  count: number;
  /** What to do about this cause; null for the action of the kind. */
  next_action: string | null;
  /** How often the alert came back soon after its end. */
  reopenings: number;
}

/** A configuration that a tenant has used. */
export interface ConfigVersionsTable {
  tenant: string;
  version: string;
  /** YAML. It contains the names of secrets, never secrets. */
  text: string;
  /** When it was last activated. */
  since: number;
  /** start, reload or rollback. */
  origin: string;
}

/** The version that a tenant was rolled back to. It applies as long as the files stay as they were at the rollback. */
export interface ConfigPinsTable {
  tenant: string;
  version: string;
  /** Version of the files at the rollback. */
  files_version: string;
  pinned_at: number;
}

/** How far a tenant's history was pruned. The `baseline_` tables hold the versions that were current at that sequence. */
export interface BaselinesTable {
  tenant: string;
  sequence: number;
  /** Events that were received before this instant have no payload. */
  received_before: number;
  pruned_at: number;
}

export interface ConnectionStatesTable {
  tenant: string;
  connection: string;
  /** JSON. */
  state: string;
  updated_at: number;
}

/** What was last agreed on a field of a record with the owner of the field. The three texts are keyed hashes. */
export interface FieldStatesTable {
  tenant: string;
  key: string;
  field: string;
  /** Of the value that was last looked at. */
  seen: string;
  /** Of the value that the customer was last agreed to have, whether this record has it yet or not. */
  agreed: string;
  /** Key of the owner's record with which it was agreed. */
  partner: string;
  /** Writes of ours that led to the next one, each soon after the one before. */
  hops: number;
  /** The source's time of the last change of the value. */
  changed_at: number;
  /** When a delivery to the record was last created; null when there was none. */
  written_at: number | null;
}

/** A change of a field that contradicts another platform's value. */
export interface ConflictsTable {
  tenant: string;
  id: string;
  /** Key of the record whose change it is. */
  key: string;
  field: string;
  /** open or resolved. */
  state: string;
  /** Why it is a conflict: changed, no_base or returns. */
  cause: string;
  rule: string;
  /** Whose data key seals the values. */
  subject: string;
  opened_at: number;
  resolved_at: number | null;
  /** rule, person or agreement; null while it is open. */
  decided_by: string | null;
  payload: Buffer;
}

/** What a measurement of data quality counted. */
export interface QualityMeasurementsTable {
  tenant: string;
  measured_at: number;
  duration_ms: number;
  /** JSON, see quality/totals.ts. Its examples are keys of records. */
  totals: string;
}

/** A version of the matching model, fitted to the records of the tenant. */
export interface IdentityModelsTable {
  tenant: string;
  version: string;
  fitted_at: number;
  /** Candidate pairs that it was fitted to. */
  pairs: number;
  /** Records that it was fitted to. */
  people: number;
  /** JSON, see identity/matching/model.ts. It contains probabilities only. */
  model: string;
}

/** The last time that the records of the tenant were matched. */
export interface IdentityRunsTable {
  tenant: string;
  matched_at: number;
  duration_ms: number;
  people: number;
  companies: number;
  model_version: string;
}

/** Two customers that may be one. */
export interface IdentitySuggestionsTable {
  tenant: string;
  /** The ids of both customers at the time of the match. */
  id: string;
  /** person or company. */
  kind: string;
  /** Keys of the two records that were compared. */
  left_key: string;
  right_key: string;
  /** In ten-thousandths. */
  confidence: number;
  /** JSON: rules and their texts, without a value. */
  reasons: string;
  /** Null for companies, which rules find. */
  model_version: string | null;
  /** open, dismissed or linked. */
  state: string;
  /** When a match found it first. */
  found_at: number;
  updated_at: number;
}

/** An identifier that joins no records, because records of several customers hold it. */
export interface IdentityStrikesTable {
  tenant: string;
  identifier: string;
  /** As in the projection: `role_email` for an address of a function. */
  kind: string;
  holders: number;
  /** Sequence at which its last holder got it. */
  since: number;
  /** One of its holders. */
  key: string;
  /** role, configured, over_cap, contested, or unrelated for a domain of companies that have nothing to do with each other. */
  reason: string;
  /** 1 once its event `identity.struck` is in the log. */
  is_recorded: number;
}

/** What a person did. A row becomes durable together with what it records. */
export interface AuditEntriesTable {
  tenant: string;
  /** For an action, derived from its idempotency key. */
  id: string;
  at: number;
  /** Noun and verb: `actions.note`. */
  verb: string;
  key_id: string;
  role: string;
  /** Ref of the person's own record at their platform, an id that the platform chose; null for an API key. */
  person: string | null;
  /** `person:…` or `company:…`; null for what concerns no customer. */
  customer: string | null;
  /** JSON: ids and counts. */
  ids: string;
  /** Keyed hash of the request; null without an idempotency key. */
  request: string | null;
  /** Whose data key seals the payload; null without one. */
  subject: string | null;
  /** JSON, sealed: what a person wrote as the reason. */
  payload: Buffer | null;
}

/** A customer that a person pinned for themselves. */
export interface CustomerPinsTable {
  tenant: string;
  /** Keyed hash of the person, or of the API key. */
  owner: string;
  /** Key of a record of the customer. */
  key: string;
  /** person or company. */
  kind: string;
  pinned_at: number;
}

/**
 * A company as lists show it. Every column has a value, so that both engines sort alike: what is unknown comes last, or first for the
 * last use.
 */
export interface CustomerOverviewTable {
  tenant: string;
  node: string;
  /** Keyed hash of the owner's ref; empty without an owner. */
  owner: string;
  /** good, watch or at_risk; empty without a score. */
  band: string;
  /** 0 to 100; 101 without a score. */
  score: number;
  /** rising, steady, falling, new or inactive; empty when the use is not known. */
  usage_trend: string;
  /** A calendar day; `9999-12-31` when none is set. */
  renewal_day: string;
  /** 0 when no use is known. */
  last_active_at: number;
  /** Since when the band applies. */
  band_since: number;
  /** Since when the trend applies. */
  trend_since: number;
  computed_at: number;
  subject: string;
  /** JSON, sealed: names, amounts and texts. */
  payload: Buffer;
}

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
  event_counts: EventCountsTable;
  consumer_offsets: ConsumerOffsetsTable;
  subscription_positions: SubscriptionPositionsTable;
  platform_shapes: PlatformShapesTable;
  connection_health: ConnectionHealthTable;
  /** PostgreSQL only. */
  connection_states: ConnectionStatesTable;
  delivery_claims: DeliveryClaimsTable;
  api_keys: ApiKeysTable;
  alerts: AlertsTable;
  customer_health: CustomerHealthTable;
  churn_alerts: ChurnAlertsTable;
  health_falls: HealthFallsTable;
  deliveries: DeliveriesTable;
  written_values: WrittenValuesTable;
  route_decisions: RouteDecisionsTable;
  company_figures: CompanyFiguresTable;
  deduplication_keys: DeduplicationKeysTable;
  quarantine: QuarantineTable;
  list_exports: ListExportsTable;
  list_mentions: ListMentionsTable;
  config_versions: ConfigVersionsTable;
  config_pins: ConfigPinsTable;
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
