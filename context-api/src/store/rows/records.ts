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
