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

/** An event that could not be applied to the projections. They go on without it. */
export interface ProjectionFailuresTable {
  tenant: string;
  sequence: number;
  event_id: string;
  /** The class and the place of the error; never a value. */
  reason: string;
}

/** How far a consumer has read the log. */
export interface ConsumerOffsetsTable {
  tenant: string;
  consumer: string;
  sequence: number;
  updated_at: number;
}

/** How far a tenant's history was pruned. The `baseline_` tables hold the versions that were current at that sequence. */
export interface BaselinesTable {
  tenant: string;
  sequence: number;
  /** Events that were received before this instant have no payload. */
  received_before: number;
  pruned_at: number;
}
