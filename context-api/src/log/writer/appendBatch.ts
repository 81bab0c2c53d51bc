import type { KeyObject } from "node:crypto";
import type { TenantKeys } from "../../security/keyring.ts";
import type { AppendRows, RecordHead, SealedEvent, SealedRecord } from "../../store/tables/appendRows.ts";
import type { NewRow } from "../../store/tables/preparedRows.ts";
import type { RecordVersion } from "../projections/projectEvents.ts";

/**
 * The reads and writes of one append for one tenant. What it needs is read in three queries, changed in memory and written in few
 * statements. It decides nothing.
 */
export interface AppendBatch {
  keys: TenantKeys;
  nextSequence(): number;
  /** The last sequence before this batch. */
  previousHead: number;
  /** The last sequence that was given. */
  head(): number;
  /** Up to this sequence, readers see the events. */
  projectedHead: number;
  /** Call it before the look-ups below, which are answered from memory. */
  prefetch(wanted: { recordKeys?: string[]; subjects?: string[]; deduplicationKeys?: string[] }): Promise<void>;
  recordHead(key: string): RecordHead | null;
  putRecordHead(head: RecordHead): void;
  /** Null for a subject that has none, or that was erased. */
  subjectKey(subject: string): KeyObject | null;
  putSubjectKey(row: NewRow<"subject_keys">, dataKey: KeyObject): void;
  /** The event that was appended under this key. */
  eventIdOf(deduplicationKey: string): string | null;
  putDeduplicationKey(key: string, eventId: string, receivedAt: number): void;
  putEvent(row: NewRow<"events">): void;
  putQuarantine(row: NewRow<"quarantine">): void;
  /** Adds a version of a record that an event of this batch carries, to be projected when the batch is durable. */
  putVersion(version: RecordVersion): void;
  versions: readonly RecordVersion[];
  /** The sealed event of a sequence, also of this batch. */
  event(sequence: number): Promise<SealedEvent | null>;
  projectedRecord(key: string): Promise<SealedRecord | null>;
  flush(): Promise<void>;
}

export interface AppendBatchOptions {
  rows: AppendRows;
  keys: TenantKeys;
  head: number;
  projectedHead: number;
  openSubjectKey(subject: string, wrapped: Buffer): KeyObject;
}

export function openAppendBatch({ rows, keys, head, projectedHead, openSubjectKey }: AppendBatchOptions): AppendBatch {
  let lastSequence = head;
  const recordHeads = new Map<string, RecordHead | null>();
  const changedHeads = new Set<string>();
  const subjects = new Map<string, KeyObject | null>();
  const eventIds = new Map<string, string | null>();
  const versions: RecordVersion[] = [];
  const inserts = {
    events: [] as NewRow<"events">[],
    subject_keys: [] as NewRow<"subject_keys">[],
    deduplication_keys: [] as NewRow<"deduplication_keys">[],
    quarantine: [] as NewRow<"quarantine">[],
  };

  return {
    keys,
    projectedHead,
    previousHead: head,
    nextSequence: () => ++lastSequence,
    head: () => lastSequence,

    async prefetch({ recordKeys = [], subjects: subjectNames = [], deduplicationKeys = [] }) {
      const headKeys = missingFrom(recordHeads, recordKeys);
      const missingSubjects = missingFrom(subjects, subjectNames);
      const missingNames = missingFrom(eventIds, deduplicationKeys);
      // At once: PostgreSQL answers each after a round trip.
      const [heads, subjectKeys, events] = await Promise.all([
        headKeys.length > 0 ? rows.recordHeads(headKeys) : [],
        missingSubjects.length > 0 ? rows.subjectKeys(missingSubjects) : [],
        missingNames.length > 0 ? rows.eventIdsOf(missingNames) : [],
      ]);
      for (const row of heads) recordHeads.set(row.key, row);
      for (const { subject, wrapped_key } of subjectKeys) subjects.set(subject, openSubjectKey(subject, wrapped_key));
      for (const row of events) eventIds.set(row.deduplication_key, row.event_id);
    },

    recordHead: (key) => lookUp(recordHeads, key),

    putRecordHead(row) {
      recordHeads.set(row.key, row);
      changedHeads.add(row.key);
    },

    subjectKey: (subject) => lookUp(subjects, subject),

    putSubjectKey(row, dataKey) {
      inserts.subject_keys.push(row);
      subjects.set(row.subject, dataKey);
    },

    eventIdOf: (deduplicationKey) => lookUp(eventIds, deduplicationKey),

    putDeduplicationKey(key, event_id, received_at) {
      if (eventIds.get(key)) return;
      eventIds.set(key, event_id);
      inserts.deduplication_keys.push({ deduplication_key: key, event_id, received_at });
    },

    versions,
    putVersion: (version) => void versions.push(version),
    putEvent: (row) => void inserts.events.push(row),
    putQuarantine: (row) => void inserts.quarantine.push(row),

    async event(sequence) {
      return inserts.events.find((row) => row.sequence === sequence) ?? (await rows.event(sequence));
    },

    projectedRecord: async (key) => await rows.projectedRecord(key),

    async flush() {
      const heads = [...changedHeads].flatMap((key) => recordHeads.get(key) ?? []);
      await rows.insert({ ...inserts, record_heads: heads });
    },
  };
}

/** Marks what is read as absent, until a row says otherwise. */
function missingFrom(cache: Map<string, unknown>, names: string[]): string[] {
  const missingNames = [...new Set(names)].filter((name) => !cache.has(name));
  for (const name of missingNames) cache.set(name, null);
  return missingNames;
}

/** @throws for a name that was not prefetched: its absence would be a guess */
function lookUp<T>(cache: ReadonlyMap<string, T | null>, name: string): T | null {
  const value = cache.get(name);
  if (value === undefined) throw new Error("a row was looked up that was not prefetched");
  return value;
}
