import type { KeyObject } from "node:crypto";
import { maxHolders } from "../../identity/cluster.ts";
import type { TenantKeys } from "../../security/keyring.ts";
import type { Awaitable, NewRow } from "../../store/tables/preparedRows.ts";
import type {
  CurrentRecord,
  EdgeRow,
  IdentifierRow,
  MemberRow,
  ProjectionRows,
  VersionEnd,
} from "../../store/tables/projectionRows.ts";

/**
 * The reads and writes of one transaction for one tenant. Rows are read once, changed in memory and written in few statements.
 * It decides nothing: the projector does.
 */
export interface ProjectionBatch {
  keys: TenantKeys;
  current(key: string): Promise<CurrentRecord | null>;
  identifiersOf(key: string): Promise<IdentifierRow[]>;
  /** Keys of the records that hold an identifier: all of them, or {@link maxHolders} + 2 when there are more. */
  holders(identifier: string): Promise<string[]>;
  edgesOf(key: string): Promise<EdgeRow[]>;
  memberOf(key: string): Promise<MemberRow | null>;
  membersOf(node: string): Promise<string[]>;
  putRecord(row: NewRow<"records">, sequence: number): void;
  putIdentifiers(key: string, rows: IdentifierRow[], sequence: number): Promise<void>;
  putEdges(key: string, rows: EdgeRow[], sequence: number): Promise<void>;
  putMember(row: MemberRow, sequence: number): Promise<void>;
  dropMember(key: string, sequence: number): Promise<void>;
  /** Marks answers that depend on a node, key or identifier as outdated from this sequence on. */
  invalidate(dependency: string, sequence: number): void;
  subjectKey(subject: string): Promise<KeyObject | null>;
  prefetch(keys: string[], subjects?: string[]): Promise<void>;
  /** Writes everything. @returns the invalidated dependencies, each with its latest sequence */
  flush(): Promise<Map<string, number>>;
}

export interface ProjectionBatchOptions {
  rows: ProjectionRows;
  keys: TenantKeys;
  openSubjectKey(subject: string, wrapped: Buffer): KeyObject;
}

export function openProjectionBatch({ rows, keys, openSubjectKey }: ProjectionBatchOptions): ProjectionBatch {
  const records = new Map<string, CurrentRecord | null>();
  const identifiers = new Map<string, IdentifierRow[]>();
  const holders = new Map<string, string[]>();
  /** Holders that this batch added (true) or removed (false), by identifier. */
  const holderChanges = new Map<string, Map<string, boolean>>();
  const edges = new Map<string, EdgeRow[]>();
  const members = new Map<string, MemberRow | null>();
  const nodes = new Map<string, Set<string>>();
  const subjects = new Map<string, KeyObject | null>();
  const invalidations = new Map<string, number>();
  const inserts = {
    records: [] as NewRow<"records">[],
    identifiers: [] as IdentifierRow[],
    edges: [] as EdgeRow[],
    members: [] as MemberRow[],
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
    async current(key) {
      if (!records.has(key)) await batch.prefetch([key]);
      return records.get(key) ?? null;
    },

    async identifiersOf(key) {
      return await readThrough(identifiers, key, () => rows.identifiersOf(key));
    },

    async holders(identifier) {
      return await readThrough(holders, identifier, async () => {
        const changes = holderChanges.get(identifier) ?? new Map<string, boolean>();
        const storedKeys = await rows.holders(identifier, maxHolders + 2 + changes.size);
        const unchangedKeys = storedKeys.filter((key) => !changes.has(key));
        return [...unchangedKeys, ...[...changes].flatMap(([key, isHolder]) => (isHolder ? [key] : []))].slice(0, maxHolders + 2);
      });
    },

    async edgesOf(key) {
      return await readThrough(edges, key, () => rows.edgesOf(key));
    },

    async memberOf(key) {
      return await readThrough(members, key, () => rows.memberOf(key));
    },

    async membersOf(node) {
      const keysOfNode = await readThrough(nodes, node, async () => {
        // Members that this batch has moved are not in the database yet.
        const storedKeys = (await rows.membersOf(node)).filter(
          (k) => (members.get(k)?.node ?? node) === node && members.get(k) !== null,
        );
        const movedKeys = [...members].flatMap(([key, m]) => (m?.node === node ? [key] : []));
        return new Set([...storedKeys, ...movedKeys]);
      });
      return [...keysOfNode];
    },

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

    invalidate: (dependency, sequence) =>
      void invalidations.set(dependency, Math.max(sequence, invalidations.get(dependency) ?? 0)),

    async subjectKey(subject) {
      if (!subjects.has(subject)) await batch.prefetch([], [subject]);
      return subjects.get(subject) ?? null;
    },

    async prefetch(recordKeys, subjectNames = []) {
      await prefetchRecords(missingFrom(records, recordKeys));
      await prefetchSubjects(missingFrom(subjects, subjectNames));
    },

    async flush() {
      await rows.write({ endedVersions, ...inserts });
      return invalidations;
    },
  };
  return batch;

  async function prefetchRecords(missingKeys: string[]): Promise<void> {
    if (missingKeys.length === 0) return;
    for (const key of missingKeys) records.set(key, null);
    for (const row of await rows.records(missingKeys)) records.set(row.key, row);
    // A record that was never stored has no other rows either.
    for (const key of missingKeys) {
      if (records.get(key)) continue;
      if (!identifiers.has(key)) identifiers.set(key, []);
      if (!edges.has(key)) edges.set(key, []);
      if (!members.has(key)) members.set(key, null);
    }
  }

  async function prefetchSubjects(missingKeys: string[]): Promise<void> {
    if (missingKeys.length === 0) return;
    for (const subject of missingKeys) subjects.set(subject, null);
    for (const row of await rows.subjectKeys(missingKeys))
      subjects.set(row.subject, openSubjectKey(row.subject, row.wrapped_key));
  }
}

async function readThrough<T>(cache: Map<string, T>, key: string, read: () => Awaitable<T>): Promise<T> {
  if (!cache.has(key)) cache.set(key, await read());
  return cache.get(key) as T;
}

function missingFrom(cache: ReadonlyMap<string, unknown>, keys: string[]): string[] {
  return [...new Set(keys)].filter((key) => !cache.has(key));
}
