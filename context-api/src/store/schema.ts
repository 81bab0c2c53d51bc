// Nothing personal stands in a clear column. `key`, `subject`, `identifier` and every edge are keyed hashes; what a record says
// is sealed in `payload`. Instants are epoch milliseconds, sequences count from 1 within a tenant.

export interface TenantsTable {
  tenant: string;
  /** Wrapped by the master key: wraps the data keys. */
  wrapped_key: Buffer;
  /** Wrapped by the master key: makes the keyed hashes. It outlives a rotation of the other. */
  wrapped_index_key: Buffer;
  created_at: number;
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
  /** Keyed hash of the source's own name for it; null where we saw a change ourselves. */
  source_event_id: string | null;
  /** JSON of the instants (epoch ms) at which it was authenticated, parsed and appended; null where it wasn't sent to us. */
  stages: string | null;
  payload: Buffer;
}

/** Names of events that were received, as keyed hashes, so that none counts twice. Kept for a week. */
export interface ReceivedTable {
  tenant: string;
  name: string;
  event_id: string;
  received_at: number;
}

/** Authentic messages that could not be used. */
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
  /** held, released or discarded. */
  state: string;
  received_at: number;
  settled_at: number | null;
  subject: string;
  /** The delivery, sealed. */
  payload: Buffer;
}

/** What came of a list that a platform sends in pages. Kept for a week. */
export interface ListSendingsTable {
  tenant: string;
  /** Keyed hash of the list's ref. */
  list: string;
  /** Keyed hash of the sending's name. */
  name: string;
  /** Larger for what began later. */
  ord: number;
  /** JSON: the numbers of the pages that have come. */
  pages: string;
  total: number;
  /** 1 when whoever it didn't name is no member. */
  covers: number;
  received_at: number;
}

/** The last sending that named a member, for members named since their list was last told whole. */
export interface ListMentionsTable {
  tenant: string;
  /** Keyed hash of the member's ref. */
  member: string;
  list: string;
  ord: number;
}

/** One version of a record; open while `to_seq` is null. */
export interface RecordsTable {
  tenant: string;
  key: string;
  from_seq: number;
  to_seq: number | null;
  /** Sequence of the record's first version: the oldest member names a customer. */
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

/** Which customer a record belongs to, and why. `node` is the key of the customer's oldest record. */
export interface MembersTable {
  tenant: string;
  key: string;
  node: string;
  rule: string;
  from_seq: number;
  to_seq: number | null;
}

/** The last sequence that touched a customer, a record or an identifier. */
export interface VersionsTable {
  tenant: string;
  node: string;
  version: number;
}

/** What moves without a change of content, and so stays out of the log. */
export interface ObservationsTable {
  tenant: string;
  key: string;
  observed_at: number;
  /** The newest modification time seen at the source: an older version that arrives late is known by it. */
  changed_at: number | null;
  /** Orders versions of that time, where the source told. */
  change_order: number | null;
}

/** A completed incremental pull vouches for every record of its stream. */
export interface CoverageTable {
  tenant: string;
  connection: string;
  object: string;
  observed_at: number;
}

export interface CheckpointsTable {
  tenant: string;
  connection: string;
  stream: string;
  /** JSON of the platform's own making; never personal. */
  state: string;
  /** 1 once the first backfill of this stream is complete. */
  complete: number;
  records: number;
  started_at: number;
  updated_at: number;
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

/** One event to one target, see routing/deliveries.ts. */
export interface DeliveriesTable {
  tenant: string;
  /** Names the effect at the target. */
  id: string;
  route: string;
  target: string;
  action: string;
  event_id: string;
  sequence: number;
  subject: string;
  /** Keyed hash of what it is about, where later ones may replace it. */
  name: string | null;
  state: string;
  cause: string | null;
  message: string | null;
  attempts: number;
  next_at: number;
  created_at: number;
  settled_at: number | null;
  /** What was written. */
  ref: string | null;
  /** Version of the configuration that made it. */
  config: string;
  payload: Buffer;
}

/** How a customer was last noted to stand, see signals/turned.ts. */
export interface CustomerSignalsTable {
  tenant: string;
  /** `company:…` or `person:…`, by their node. */
  customer: string;
  score: number | null;
  band: string | null;
  trend: string | null;
  /** Of the event since when. */
  sequence: number;
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
}

/** A configuration of a tenant that was put to use. */
export interface ConfigVersionsTable {
  tenant: string;
  version: string;
  /** YAML; names secrets and holds none. */
  text: string;
  /** Since when it was last in use. */
  since: number;
  /** start, reload or rollback. */
  origin: string;
}

/** A version that a tenant was rolled back to. It counts for as long as the files say what they said then. */
export interface ConfigPinsTable {
  tenant: string;
  version: string;
  /** Version of what the files said. */
  files_version: string;
  pinned_at: number;
}

/** Up to where a tenant's history was pruned: what was live there stands in the `baseline_` tables, and a rebuild starts from it. */
export interface BaselinesTable {
  tenant: string;
  sequence: number;
  /** Events received before this instant have no payload any more. */
  before: number;
  pruned_at: number;
}

export interface Database {
  tenants: TenantsTable;
  subject_keys: SubjectKeysTable;
  events: EventsTable;
  records: RecordsTable;
  identifiers: IdentifiersTable;
  edges: EdgesTable;
  members: MembersTable;
  versions: VersionsTable;
  observations: ObservationsTable;
  coverage: CoverageTable;
  checkpoints: CheckpointsTable;
  connection_health: ConnectionHealthTable;
  api_keys: ApiKeysTable;
  alerts: AlertsTable;
  customer_signals: CustomerSignalsTable;
  deliveries: DeliveriesTable;
  received: ReceivedTable;
  quarantine: QuarantineTable;
  list_sendings: ListSendingsTable;
  list_mentions: ListMentionsTable;
  config_versions: ConfigVersionsTable;
  config_pins: ConfigPinsTable;
  baselines: BaselinesTable;
  baseline_records: RecordsTable;
  baseline_identifiers: IdentifiersTable;
  baseline_edges: EdgesTable;
  baseline_members: MembersTable;
  baseline_versions: VersionsTable;
}

/** Tables that fold the log and nothing else: dropped and made anew by a rebuild, each with its key order. */
export const projectionTables = {
  records: ["key", "from_seq"],
  identifiers: ["identifier", "key", "from_seq"],
  edges: ["from_key", "rel", "to_key", "from_seq"],
  members: ["key", "from_seq"],
  versions: ["node"],
} as const;
export type ProjectionTable = keyof typeof projectionTables;
