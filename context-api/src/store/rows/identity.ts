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
