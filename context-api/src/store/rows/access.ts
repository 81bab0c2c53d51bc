/** A sign-in token that was used. Instants are epoch ms. */
export interface UsedTokensTable {
  tenant: string;
  /** Keyed hash of the token. */
  token: string;
  /** Which use it was. */
  use: string;
  expires_at: number;
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

/** A configuration that a tenant has used. */
export interface ConfigVersionsTable {
  tenant: string;
  version: string;
  /** YAML. It contains the names of secrets, never secrets. */
  text: string;
  /** When it was last activated. */
  since: number;
  /** start, reload, rollback or change. */
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

/** A version of the configuration that is tried with a part of the events, see routing/canary/canary.ts. */
export interface CanariesTable {
  tenant: string;
  id: string;
  version: string;
  /** The active version when it started. It handles all other events. */
  base: string;
  /** running, passed, promoted, rolled_back or stopped. */
  state: string;
  /** JSON: which events, and when it is rolled back. No personal value. */
  settings: string;
  /** JSON: the deliveries of both versions, as counted last. */
  outcome: string;
  /** Why it ended. Never a personal value. */
  message: string | null;
  created_at: number;
  /** When it has passed. */
  ends_at: number;
  ended_at: number | null;
}
