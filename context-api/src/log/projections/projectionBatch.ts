import type { KeyObject } from "node:crypto";
import { clusteringKinds, maxHolders } from "../../identity/clusterRecord.ts";
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
import { keepFacts, loadFacts, type RecordFacts } from "./recordFacts.ts";

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
  /** Keys of the decisions about a record, or of those that replace a decision. */
  decisionsTo(key: string, rel: DecisionRel): Promise<string[]>;
  /** What matching needs of the content of these records, by key. */
  factsOf(keys: readonly string[]): Promise<Map<string, RecordFacts>>;
  /** The content of a version that {@link ProjectionBatch.putRecord} adds. */
  putFacts(key: string, sequence: number, facts: RecordFacts): void;
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

/** Relations of a decision to its records, and to the decisions that it replaces. */
export type DecisionRel = "decided" | "supersedes";
const isDecisionRel = (rel: string): rel is DecisionRel => rel === "decided" || rel === "supersedes";

/** Kinds of identifiers that make records one customer. The others serve look-ups only. */
const matchedKinds: ReadonlySet<string> = new Set(Object.values(clusteringKinds).flatMap(Object.keys));

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
  openSubjectKey(subject: string, wrapped: Buffer): KeyObject;
}

export function openProjectionBatch({ rows, keys, openSubjectKey }: ProjectionBatchOptions): ProjectionBatch {
  const records = new Map<string, CurrentRecord | null>();
  const identifiers = new Map<string, IdentifierRow[]>();
  const holders = new Map<string, string[]>();
  /** Holders in the store, at most `limit` of them. */
  const storedHolders = new Map<string, { keys: string[]; limit: number }>();
  /** Holders that this batch added (true) or removed (false), by identifier. */
  const holderChanges = new Map<string, Map<string, boolean>>();
  const edges = new Map<string, EdgeRow[]>();
  /** Decisions in the store, by relation and target. */
  const storedDecisions = { decided: new Map<string, string[]>(), supersedes: new Map<string, string[]>() };
  /** Edges of decisions that this batch added (true) or ended (false), in their order. */
  const decisionChanges: { row: EdgeRow; isAdded: boolean }[] = [];
  const facts = new Map<string, RecordFacts>();
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

    async decisionsTo(key, rel) {
      await loadDecisions([key], rel);
      const decisionKeys = new Set(storedDecisions[rel].get(key));
      for (const { row, isAdded } of decisionChanges) {
        if (row.to_key !== key || row.rel !== rel) continue;
        if (isAdded) decisionKeys.add(row.from_key);
        else decisionKeys.delete(row.from_key);
      }
      return [...decisionKeys];
    },

    async factsOf(recordKeys) {
      await loadMissingFacts(recordKeys);
      return facts;
    },

    putFacts(key, sequence, recordFacts) {
      facts.set(key, recordFacts);
      keepFacts(keys, key, sequence, recordFacts);
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
      // An address that becomes one of a function keeps its hash, and has another kind.
      const identifierId = (r: IdentifierRow) => `${r.kind}\n${r.identifier}`;
      const previous = await batch.identifiersOf(key);
      const next = new Map(nextRows.map((r) => [identifierId(r), r]));
      const unchangedRows = previous.filter((r) => next.has(identifierId(r)));
      for (const row of previous) {
        if (next.has(identifierId(row))) continue;
        endVersion({ table: "identifiers", row }, sequence);
        changeHolder(row.identifier, key, false);
      }
      const addedRows = [...next.values()].filter((r) => !unchangedRows.some((b) => identifierId(b) === identifierId(r)));
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
      for (const row of previous) {
        if (next.has(edgeId(row))) continue;
        endVersion({ table: "edges", row }, sequence);
        if (isDecisionRel(row.rel)) decisionChanges.push({ row, isAdded: false });
      }
      const previousIds = new Set(previous.map(edgeId));
      const addedRows = [...next.values()].filter((r) => !previousIds.has(edgeId(r)));
      for (const row of addedRows) {
        insertedRows.add(row);
        if (isDecisionRel(row.rel)) decisionChanges.push({ row, isAdded: true });
      }
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
    const names = [...new Set(checkedRows.filter(({ kind }) => matchedKinds.has(kind)).map(({ identifier }) => identifier))];
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
    const relatedKeys = [...new Set([...matchedKeys, ...memberKeys])];
    await loadDetails(relatedKeys);
    await Promise.all([loadMembers(memberKeys), loadDecisions(relatedKeys, "decided")]);
    const ownKeys = new Set(neighborhoods.map(({ key }) => key));
    // The content of a record that no other one is matched with is not needed.
    if (relatedKeys.length > ownKeys.size) await loadMissingFacts(relatedKeys.filter((key) => !ownKeys.has(key)));
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

  async function loadDecisions(targets: readonly string[], rel: DecisionRel): Promise<void> {
    const stored = storedDecisions[rel];
    const missingKeys = missingFrom(stored, targets);
    if (missingKeys.length === 0) return;
    for (const key of missingKeys) stored.set(key, []);
    for (const { from_key, to_key } of await rows.edgesTo(missingKeys, rel)) stored.get(to_key)?.push(from_key);
  }

  async function loadMissingFacts(recordKeys: readonly string[]): Promise<void> {
    const missingKeys = missingFrom(facts, recordKeys);
    if (missingKeys.length === 0) return;
    await loadRecords(missingKeys);
    const sequences = new Map(
      missingKeys.flatMap((key): [string, number][] => {
        const record = records.get(key);
        return record && record.deleted === 0 ? [[key, record.from_seq]] : [];
      }),
    );
    for (const [key, recordFacts] of await loadFacts({ rows, keys, openSubjectKey }, sequences)) facts.set(key, recordFacts);
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
