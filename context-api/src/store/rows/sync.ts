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

/** What was used of a platform's quota. */
export interface QuotaUseTable {
  tenant: string;
  connection: string;
  quota: string;
  /** JSON: instant, position of the class, count, instant, … */
  requests: string;
  updated_at: number;
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

/** How many records a pull could not use, by reason. */
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

/** How far a sync stream has been pulled. */
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

export interface ConnectionStatesTable {
  tenant: string;
  connection: string;
  /** JSON. */
  state: string;
  updated_at: number;
}
