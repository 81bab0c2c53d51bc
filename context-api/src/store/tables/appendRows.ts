import type { RecordHeadsTable } from "../schema.ts";
import { type Awaitable, inJsonList, insertRows, type NewRow, type Prepare } from "./preparedRows.ts";

/** What the log knows about the newest version of a record. */
export type RecordHead = Omit<RecordHeadsTable, "tenant">;

/** The writer's reads and writes of one tenant's rows while it appends events. */
export interface AppendRows {
  recordHeads(keys: string[]): Awaitable<RecordHead[]>;
  subjectKeys(subjects: string[]): Awaitable<{ subject: string; wrapped_key: Buffer }[]>;
  eventIdsOf(deduplicationKeys: string[]): Awaitable<{ deduplication_key: string; event_id: string }[]>;
  /** The sealed event of a sequence; null when there is none. */
  event(sequence: number): Awaitable<SealedEvent | null>;
  /** The sealed current version of a record in the projections; null when there is none. */
  projectedRecord(key: string): Awaitable<SealedRecord | null>;
  insert(rows: AppendedRows): Awaitable<void>;
}

export type SealedEvent = Pick<NewRow<"events">, "event_id" | "schema_version" | "subject" | "payload">;
export type SealedRecord = Pick<NewRow<"records">, "key" | "from_seq" | "subject" | "payload">;

/** The rows of one append. */
export interface AppendedRows {
  events: NewRow<"events">[];
  subject_keys: NewRow<"subject_keys">[];
  deduplication_keys: NewRow<"deduplication_keys">[];
  quarantine: NewRow<"quarantine">[];
  /** Inserted, or replaced by key. */
  record_heads: RecordHead[];
}

const headColumns =
  "key, sequence, digest, deleted, version_changed_at, changed_at, change_order, observed_at, previous_observed_at";

/** @param prepare returns the same statement for the same text */
export function openAppendRows(prepare: Prepare, tenant: string): AppendRows {
  const all = <T>(sql: string, ...values: unknown[]): T[] => prepare(sql).all(tenant, ...values) as T[];
  const first = <T>(sql: string, ...values: unknown[]): T | null =>
    (prepare(sql).get(tenant, ...values) as T | undefined) ?? null;

  return {
    recordHeads: (keys) =>
      all(`select ${headColumns} from record_heads where tenant = ? and key ${inJsonList}`, JSON.stringify(keys)),
    subjectKeys: (subjects) =>
      all(`select subject, wrapped_key from subject_keys where tenant = ? and subject ${inJsonList}`, JSON.stringify(subjects)),
    eventIdsOf: (keys) =>
      all(
        `select deduplication_key, event_id from deduplication_keys where tenant = ? and deduplication_key ${inJsonList}`,
        JSON.stringify(keys),
      ),
    event: (sequence) =>
      first("select event_id, schema_version, subject, payload from events where tenant = ? and sequence = ?", sequence),
    projectedRecord: (key) =>
      first("select key, from_seq, subject, payload from records where tenant = ? and key = ? and to_seq is null", key),
    insert({ record_heads, ...rowsByTable }) {
      for (const [table, rows] of Object.entries(rowsByTable)) insertRows(prepare, tenant, table, rows);
      insertRows(prepare, tenant, "record_heads", record_heads, "or replace");
    },
  };
}
