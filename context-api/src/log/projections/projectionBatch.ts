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
  /** Reads what the projection of these versions will look up in few queries, because PostgreSQL answers each after a round trip. */
  prefetch(neighborhoods: readonly Neighborhood[]): Promise<void>;
  /** Writes everything. @returns the invalidated dependencies, each with its latest sequence */
  flush(): Promise<Map<string, number>>;
}

/** What a version is connected with. */
export interface Neighborhood {
  key: string;
  /** Keys of the records that it points at. */
  targets: readonly string[];
  identifiers: readonly IdentifierRow[];
  /** True for a record that is matched with those that have its identifiers. */
  isMatched: boolean;
}

export interface ProjectionBatchOptions {
  rows: ProjectionRows;
  keys: TenantKeys;
}

export function openProjectionBatch({ rows, keys }: ProjectionBatchOptions): ProjectionBatch {
  const records = new Map<string, CurrentRecord | null>();
  const identifiers = new Map<string, IdentifierRow[]>();
  const holders = new Map<string, string[]>();
  /** Holders in the store, at most `limit` of them. */
  const storedHolders = new Map<string, { keys: string[]; limit: number }>();
  /** Holders that this batch added (true) or removed (false), by identifier. */
  const holderChanges = new Map<string, Map<string, boolean>>();
  const edges = new Map<string, EdgeRow[]>();
  const members = new Map<string, MemberRow | null>();
  const nodes = new Map<string, Set<string>>();
  /** Members in the store, by node. */
  const storedNodes = new Map<string, string[]>();
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
      await loadRecords([key]);
      return records.get(key) ?? null;
    },

    async identifiersOf(key) {
      await loadIdentifiers([key]);
      return identifiers.get(key) ?? [];
    },

    async holders(identifier) {
      return await readThrough(holders, identifier, async () => {
        const changes = holderChanges.get(identifier) ?? new Map<string, boolean>();
        const limit = maxHolders + 2 + changes.size;
        const stored = storedHolders.get(identifier);
        if (!stored || (stored.keys.length >= stored.limit && stored.limit < limit)) await loadHolders([identifier], limit);
        const storedKeys = storedHolders.get(identifier)?.keys ?? [];
        const unchangedKeys = storedKeys.filter((key) => !changes.has(key));
        return [...unchangedKeys, ...[...changes].flatMap(([key, isHolder]) => (isHolder ? [key] : []))].slice(0, maxHolders + 2);
      });
    },

    async edgesOf(key) {
      await loadEdges([key]);
      return edges.get(key) ?? [];
    },

    async memberOf(key) {
      await loadMembers([key]);
      return members.get(key) ?? null;
    },

    async membersOf(node) {
      const keysOfNode = await readThrough(nodes, node, async () => {
        // Members that this batch has moved are not in the database yet.
        await loadNodes([node]);
        const storedKeys = (storedNodes.get(node) ?? []).filter(
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

    async prefetch(neighborhoods) {
      const recordKeys = neighborhoods.map(({ key }) => key);
      await loadDetails(recordKeys);
      const targets = recordKeys.flatMap((key) => (edges.get(key) ?? []).map(({ to_key }) => to_key));
      await loadMembers([...recordKeys, ...targets, ...neighborhoods.flatMap((neighborhood) => neighborhood.targets)]);
      await prefetchMatches(neighborhoods.filter(({ isMatched }) => isMatched));
    },

    async flush() {
      await rows.write({ endedVersions, ...inserts });
      return invalidations;
    },
  };
  return batch;

  /** The records that share an identifier with these, and all records of their customers. */
  async function prefetchMatches(neighborhoods: readonly Neighborhood[]): Promise<void> {
    if (neighborhoods.length === 0) return;
    const checkedRows = neighborhoods.flatMap(({ key, identifiers: next }) => [...(identifiers.get(key) ?? []), ...next]);
    const names = [...new Set(checkedRows.map(({ identifier }) => identifier))];
    const limit = maxHolders + 2 + neighborhoods.length;
    await loadHolders(names, limit);
    const holderKeys = names.flatMap((name) => {
      const holdersOfName = storedHolders.get(name)?.keys ?? [];
      return holdersOfName.length > maxHolders + 1 ? [] : holdersOfName;
    });
    await loadMembers(holderKeys);
    const matchedKeys = [...neighborhoods.map(({ key }) => key), ...holderKeys];
    const nodesOfKeys = [...new Set(matchedKeys.flatMap((key) => members.get(key)?.node ?? []))];
    await loadNodes(nodesOfKeys);
    const memberKeys = nodesOfKeys.flatMap((node) => storedNodes.get(node) ?? []);
    await loadDetails([...holderKeys, ...memberKeys]);
    await loadMembers(memberKeys);
  }

  async function loadDetails(recordKeys: readonly string[]): Promise<void> {
    await loadRecords(recordKeys);
    await Promise.all([loadIdentifiers(recordKeys), loadEdges(recordKeys)]);
  }

  async function loadRecords(recordKeys: readonly string[]): Promise<void> {
    const missingKeys = missingFrom(records, recordKeys);
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

  async function loadIdentifiers(recordKeys: readonly string[]): Promise<void> {
    const missingKeys = missingFrom(identifiers, recordKeys);
    if (missingKeys.length === 0) return;
    for (const key of missingKeys) identifiers.set(key, []);
    for (const row of await rows.identifiersOf(missingKeys)) identifiers.get(row.key)?.push(row);
  }

  async function loadEdges(recordKeys: readonly string[]): Promise<void> {
    const missingKeys = missingFrom(edges, recordKeys);
    if (missingKeys.length === 0) return;
    for (const key of missingKeys) edges.set(key, []);
    for (const row of await rows.edgesOf(missingKeys)) edges.get(row.from_key)?.push(row);
  }

  async function loadMembers(recordKeys: readonly string[]): Promise<void> {
    const missingKeys = missingFrom(members, recordKeys);
    if (missingKeys.length === 0) return;
    for (const key of missingKeys) members.set(key, null);
    for (const row of await rows.memberships(missingKeys)) members.set(row.key, row);
  }

  async function loadHolders(names: readonly string[], limit: number): Promise<void> {
    if (names.length === 0) return;
    for (const name of names) storedHolders.set(name, { keys: [], limit });
    for (const { identifier, key } of await rows.holders([...names], limit)) storedHolders.get(identifier)?.keys.push(key);
  }

  async function loadNodes(names: readonly string[]): Promise<void> {
    const missingNames = missingFrom(storedNodes, names);
    if (missingNames.length === 0) return;
    for (const name of missingNames) storedNodes.set(name, []);
    for (const { node, key } of await rows.membersOf(missingNames)) storedNodes.get(node)?.push(key);
  }
}

async function readThrough<T>(cache: Map<string, T>, key: string, read: () => Awaitable<T>): Promise<T> {
  if (!cache.has(key)) cache.set(key, await read());
  return cache.get(key) as T;
}

function missingFrom(cache: ReadonlyMap<string, unknown>, keys: readonly string[]): string[] {
  return [...new Set(keys)].filter((key) => !cache.has(key));
}
