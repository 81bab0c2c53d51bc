import type { KeyObject } from "node:crypto";
import { maxHolders } from "../../identity/cluster.ts";
import type { TenantKeys } from "../../security/keyring.ts";
import type {
  CurrentRecord,
  EdgeRow,
  IdentifierRow,
  MemberRow,
  NewRow,
  ProjectionRows,
  SourceChange,
  VersionEnd,
} from "../../store/tables/projectionRows.ts";

/**
 * The reads and writes of one transaction for one tenant. Rows are read once, changed in memory and written in few statements.
 * It decides nothing: the projector does.
 */
export interface ProjectionBatch {
  keys: TenantKeys;
  nextSequence(): number;
  head(): number;
  current(key: string): Promise<CurrentRecord | null>;
  latestSourceChange(key: string): Promise<SourceChange>;
  identifiersOf(key: string): Promise<IdentifierRow[]>;
  /** Keys of the records that hold an identifier: all of them, or {@link maxHolders} + 2 when there are more. */
  holders(identifier: string): Promise<string[]>;
  edgesOf(key: string): Promise<EdgeRow[]>;
  memberOf(key: string): Promise<MemberRow | null>;
  membersOf(node: string): Promise<string[]>;
  putEvent(row: NewRow<"events">): void;
  putRecord(row: NewRow<"records">, sequence: number): void;
  putIdentifiers(key: string, rows: IdentifierRow[], sequence: number): Promise<void>;
  putEdges(key: string, rows: EdgeRow[], sequence: number): Promise<void>;
  putMember(row: MemberRow, sequence: number): Promise<void>;
  dropMember(key: string, sequence: number): Promise<void>;
  observe(row: NewRow<"observations">): void;
  /** Marks answers that depend on a node, key or identifier as outdated from this sequence on. */
  invalidate(dependency: string, sequence: number): void;
  subjectKey(subject: string): Promise<KeyObject | null>;
  putSubjectKey(row: NewRow<"subject_keys">, dataKey: KeyObject): void;
  /** The sealed payload of the current version. */
  sealedRecord(key: string): Promise<Buffer | null>;
  /** The event that was appended under this key; call {@link prefetchDeduplicationKeys} before. */
  eventIdOf(deduplicationKey: string): string | null;
  prefetchDeduplicationKeys(keys: string[]): Promise<void>;
  putDeduplicationKey(key: string, eventId: string, receivedAt: number): void;
  putQuarantine(row: NewRow<"quarantine">): void;
  prefetch(keys: string[], subjects: string[]): Promise<void>;
  /** Writes everything. @returns the invalidated dependencies, each with its latest sequence */
  flush(): Promise<Map<string, number>>;
}

export interface ProjectionBatchOptions {
  rows: ProjectionRows;
  keys: TenantKeys;
  head: number;
  openSubjectKey(subject: string, wrapped: Buffer): KeyObject;
}

export function openProjectionBatch({ rows, keys, head, openSubjectKey }: ProjectionBatchOptions): ProjectionBatch {
  let lastSequence = head;
  const records = new Map<string, CurrentRecord | null>();
  const sourceChanges = new Map<string, SourceChange>();
  const identifiers = new Map<string, IdentifierRow[]>();
  const holders = new Map<string, string[]>();
  /** Holders that this batch added (true) or removed (false), by identifier. */
  const holderChanges = new Map<string, Map<string, boolean>>();
  const edges = new Map<string, EdgeRow[]>();
  const members = new Map<string, MemberRow | null>();
  const nodes = new Map<string, Set<string>>();
  const subjects = new Map<string, KeyObject | null>();
  const invalidations = new Map<string, number>();
  const observations = new Map<string, NewRow<"observations">>();
  const eventIds = new Map<string, string | null>();
  const inserts = {
    events: [] as NewRow<"events">[],
    records: [] as NewRow<"records">[],
    identifiers: [] as IdentifierRow[],
    edges: [] as EdgeRow[],
    members: [] as MemberRow[],
    subject_keys: [] as NewRow<"subject_keys">[],
    deduplication_keys: [] as NewRow<"deduplication_keys">[],
    quarantine: [] as NewRow<"quarantine">[],
  };
  const insertedRows = new Set<object>();
  const endedVersions: { version: VersionEnd; sequence: number }[] = [];

  function changeHolder(identifier: string, key: string, isHolder: boolean): void {
    const changes = holderChanges.get(identifier) ?? new Map<string, boolean>();
    holderChanges.set(identifier, changes.set(key, isHolder));
    holders.delete(identifier);
  }

  /** Ends a version: in memory if this batch inserts it, otherwise by one update at the end. */
  function endVersion(version: VersionEnd & { row: { to_seq: number | null } }, sequence: number): void {
    version.row.to_seq = sequence;
    if (!insertedRows.has(version.row)) endedVersions.push({ version, sequence });
  }

  const batch: ProjectionBatch = {
    keys,
    nextSequence: () => ++lastSequence,
    head: () => lastSequence,

    async current(key) {
      if (!records.has(key)) await batch.prefetch([key], []);
      return records.get(key) ?? null;
    },

    async latestSourceChange(key) {
      return readThrough(sourceChanges, key, () => rows.sourceChange(key) ?? noChange);
    },

    async identifiersOf(key) {
      return readThrough(identifiers, key, () => rows.identifiersOf(key));
    },

    async holders(identifier) {
      return readThrough(holders, identifier, () => {
        const changes = holderChanges.get(identifier) ?? new Map<string, boolean>();
        const storedKeys = rows.holders(identifier, maxHolders + 2 + changes.size).filter((key) => !changes.has(key));
        return [...storedKeys, ...[...changes].flatMap(([key, isHolder]) => (isHolder ? [key] : []))].slice(0, maxHolders + 2);
      });
    },

    async edgesOf(key) {
      return readThrough(edges, key, () => rows.edgesOf(key));
    },

    async memberOf(key) {
      return readThrough(members, key, () => rows.memberOf(key));
    },

    async membersOf(node) {
      const keysOfNode = readThrough(nodes, node, () => {
        // Members that this batch has moved are not in the database yet.
        const storedKeys = rows.membersOf(node).filter((k) => (members.get(k)?.node ?? node) === node && members.get(k) !== null);
        const movedKeys = [...members].flatMap(([key, m]) => (m?.node === node ? [key] : []));
        return new Set([...storedKeys, ...movedKeys]);
      });
      return [...keysOfNode];
    },

    putEvent: (row) => void inserts.events.push(row),

    putRecord(row, sequence) {
      const previous = records.get(row.key);
      if (previous) endVersion({ table: "records", row: previous }, sequence);
      insertedRows.add(row);
      inserts.records.push(row);
      records.set(row.key, row);
    },

    async putIdentifiers(key, nextRows, sequence) {
      const previous = await batch.identifiersOf(key);
      const next = new Map(nextRows.map((r) => [r.identifier, r]));
      const unchangedRows = previous.filter((r) => next.has(r.identifier));
      for (const row of previous) {
        if (next.has(row.identifier)) continue;
        endVersion({ table: "identifiers", row }, sequence);
        changeHolder(row.identifier, key, false);
      }
      const addedRows = [...next.values()].filter((r) => !previous.some((b) => b.identifier === r.identifier));
      for (const row of addedRows) {
        insertedRows.add(row);
        inserts.identifiers.push(row);
        changeHolder(row.identifier, key, true);
      }
      identifiers.set(key, [...unchangedRows, ...addedRows]);
    },

    async putEdges(key, nextRows, sequence) {
      const edgeId = (r: EdgeRow) => `${r.rel}\n${r.to_key}`;
      const previous = await batch.edgesOf(key);
      const next = new Map(nextRows.map((r) => [edgeId(r), r]));
      for (const row of previous) if (!next.has(edgeId(row))) endVersion({ table: "edges", row }, sequence);
      const previousIds = new Set(previous.map(edgeId));
      const addedRows = [...next.values()].filter((r) => !previousIds.has(edgeId(r)));
      for (const row of addedRows) insertedRows.add(row);
      inserts.edges.push(...addedRows);
      edges.set(key, [...previous.filter((r) => next.has(edgeId(r))), ...addedRows]);
    },

    async putMember(row, sequence) {
      await batch.dropMember(row.key, sequence);
      insertedRows.add(row);
      inserts.members.push(row);
      members.set(row.key, row);
      nodes.get(row.node)?.add(row.key);
    },

    async dropMember(key, sequence) {
      const previous = await batch.memberOf(key);
      if (!previous) return;
      endVersion({ table: "members", row: previous }, sequence);
      nodes.get(previous.node)?.delete(key);
      members.set(key, null);
    },

    observe(row) {
      const previous = observations.get(row.key);
      observations.set(row.key, {
        ...row,
        observed_at: Math.max(row.observed_at, previous?.observed_at ?? 0),
        ...laterChange(row, previous ?? noChange),
      });
      sourceChanges.set(row.key, laterChange(row, sourceChanges.get(row.key) ?? noChange));
    },

    invalidate: (dependency, sequence) =>
      void invalidations.set(dependency, Math.max(sequence, invalidations.get(dependency) ?? 0)),

    async subjectKey(subject) {
      if (!subjects.has(subject)) await batch.prefetch([], [subject]);
      return subjects.get(subject) ?? null;
    },

    putSubjectKey(row, dataKey) {
      inserts.subject_keys.push(row);
      subjects.set(row.subject, dataKey);
    },

    async sealedRecord(key) {
      const row = records.get(key);
      if (row && "payload" in row) return row.payload as Buffer;
      return rows.sealedRecord(key);
    },

    eventIdOf: (deduplicationKey) => eventIds.get(deduplicationKey) ?? null,

    async prefetchDeduplicationKeys(deduplicationKeys) {
      const missingKeys = missingFrom(eventIds, deduplicationKeys);
      if (missingKeys.length === 0) return;
      for (const key of missingKeys) eventIds.set(key, null);
      for (const row of rows.eventIdsOf(missingKeys)) eventIds.set(row.deduplication_key, row.event_id);
    },

    putDeduplicationKey(key, event_id, received_at) {
      if (eventIds.get(key)) return;
      eventIds.set(key, event_id);
      inserts.deduplication_keys.push({ deduplication_key: key, event_id, received_at });
    },

    putQuarantine: (row) => void inserts.quarantine.push(row),

    async prefetch(recordKeys, subjectNames) {
      prefetchRecords(missingFrom(records, recordKeys));
      prefetchSubjects(missingFrom(subjects, subjectNames));
    },

    async flush() {
      for (const { version, sequence } of endedVersions) rows.endVersion(version, sequence);
      for (const [table, newRows] of Object.entries(inserts)) rows.insert(table as keyof typeof inserts, newRows as never);
      for (const row of observations.values()) rows.observe(row);
      return invalidations;
    },
  };
  return batch;

  function prefetchRecords(missingKeys: string[]): void {
    if (missingKeys.length === 0) return;
    for (const key of missingKeys) records.set(key, null);
    for (const row of rows.records(missingKeys)) records.set(row.key, row);
    // A record that was never stored has no other rows either.
    for (const key of missingKeys) {
      if (records.get(key)) continue;
      if (!identifiers.has(key)) identifiers.set(key, []);
      if (!edges.has(key)) edges.set(key, []);
      if (!members.has(key)) members.set(key, null);
    }
  }

  function prefetchSubjects(missingKeys: string[]): void {
    if (missingKeys.length === 0) return;
    for (const subject of missingKeys) subjects.set(subject, null);
    for (const row of rows.subjectKeys(missingKeys)) subjects.set(row.subject, openSubjectKey(row.subject, row.wrapped_key));
  }
}

function readThrough<T>(cache: Map<string, T>, key: string, read: () => T): T {
  if (!cache.has(key)) cache.set(key, read());
  return cache.get(key) as T;
}

const noChange: SourceChange = { changed_at: null, change_order: null };

/** The same rule as the statement that stores observations. */
function laterChange(a: SourceChange, b: SourceChange): SourceChange {
  if (a.changed_at !== null && b.changed_at !== null && a.changed_at !== b.changed_at) {
    const { changed_at, change_order } = a.changed_at > b.changed_at ? a : b;
    return { changed_at, change_order };
  }
  const orders = [a.change_order, b.change_order].filter((order) => order !== null);
  return { changed_at: a.changed_at ?? b.changed_at, change_order: orders.length > 0 ? Math.max(...orders) : null };
}

function missingFrom(cache: ReadonlyMap<string, unknown>, keys: string[]): string[] {
  return [...new Set(keys)].filter((key) => !cache.has(key));
}
