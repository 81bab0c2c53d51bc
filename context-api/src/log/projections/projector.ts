import type { KeyObject } from "node:crypto";
import type { TenantKeys } from "../../security/keyring.ts";
import type {
  EdgesTable,
  EventsTable,
  IdentifiersTable,
  MembersTable,
  ObservationsTable,
  QuarantineTable,
  ReceivedTable,
  RecordsTable,
  SubjectKeysTable,
} from "../../store/schema.ts";
import type { Change, Closing, CurrentRecord, Rows } from "./rows.ts";

/**
 * What one transaction reads and writes for one tenant: rows are read once, changed in memory, and written in few statements.
 * Nothing here decides anything; the fold does.
 */
export interface Unit {
  keys: TenantKeys;
  nextSequence(): number;
  head(): number;
  current(key: string): Promise<CurrentRecord | null>;
  latestChange(key: string): Promise<Change>;
  identifiersOf(key: string): Promise<IdentifiersTable[]>;
  holders(identifier: string): Promise<string[]>;
  edgesOf(key: string): Promise<EdgesTable[]>;
  memberOf(key: string): Promise<MembersTable | null>;
  membersOf(node: string): Promise<string[]>;
  putEvent(row: EventsTable): void;
  putRecord(row: RecordsTable, sequence: number): void;
  putIdentifiers(key: string, rows: IdentifiersTable[], sequence: number): Promise<void>;
  putEdges(key: string, rows: EdgesTable[], sequence: number): Promise<void>;
  putMember(row: MembersTable, sequence: number): Promise<void>;
  dropMember(key: string, sequence: number): Promise<void>;
  observe(row: ObservationsTable): void;
  bump(node: string, sequence: number): void;
  subjectKey(subject: string): Promise<KeyObject | null>;
  putSubjectKey(row: SubjectKeysTable, opened: KeyObject): void;
  /** The open version's payload as stored. */
  sealedRecord(key: string): Promise<Buffer | null>;
  /** The event that was received under this name, once {@link prefetchReceived} has looked. */
  receivedAs(name: string): string | null;
  prefetchReceived(names: string[]): Promise<void>;
  putReceived(name: string, eventId: string, at: number): void;
  putQuarantine(row: QuarantineTable): void;
  prefetch(keys: string[], identifiers: string[], subjects: string[]): Promise<void>;
  flush(): Promise<Map<string, number>>;
}

export interface UnitOptions {
  rows: Rows;
  keys: TenantKeys;
  head: number;
  openSubjectKey(subject: string, wrapped: Buffer): KeyObject;
}

export function openUnit({ rows, keys, head, openSubjectKey }: UnitOptions): Unit {
  let sequence = head;
  const records = new Map<string, CurrentRecord | null>();
  const changes = new Map<string, Change>();
  const identifiers = new Map<string, IdentifiersTable[]>();
  const holders = new Map<string, Set<string>>();
  const edges = new Map<string, EdgesTable[]>();
  const members = new Map<string, MembersTable | null>();
  const nodes = new Map<string, Set<string>>();
  const subjects = new Map<string, KeyObject | null>();
  const bumped = new Map<string, number>();
  const observed = new Map<string, ObservationsTable>();
  const received = new Map<string, string | null>();
  const inserts = {
    events: [] as EventsTable[],
    records: [] as RecordsTable[],
    identifiers: [] as IdentifiersTable[],
    edges: [] as EdgesTable[],
    members: [] as MembersTable[],
    subject_keys: [] as SubjectKeysTable[],
    received: [] as ReceivedTable[],
    quarantine: [] as QuarantineTable[],
  };
  const fresh = new Set<object>();
  const closings: { closing: Closing; at: number }[] = [];

  /** Ends a version: in memory when this unit made it, else by one update at the end. */
  function close(closing: Closing & { row: { to_seq: number | null } }, at: number): void {
    closing.row.to_seq = at;
    if (!fresh.has(closing.row)) closings.push({ closing, at });
  }

  const unit: Unit = {
    keys,
    nextSequence: () => ++sequence,
    head: () => sequence,

    async current(key) {
      if (!records.has(key)) await unit.prefetch([key], [], []);
      return records.get(key) ?? null;
    },

    async latestChange(key) {
      return remembered(changes, key, () => rows.change(key) ?? noChange);
    },

    async identifiersOf(key) {
      return remembered(identifiers, key, () => rows.identifiersOf(key));
    },

    async holders(identifier) {
      if (!holders.has(identifier)) await unit.prefetch([], [identifier], []);
      return [...(holders.get(identifier) ?? [])];
    },

    async edgesOf(key) {
      return remembered(edges, key, () => rows.edgesOf(key));
    },

    async memberOf(key) {
      return remembered(members, key, () => rows.memberOf(key));
    },

    async membersOf(node) {
      const found = remembered(nodes, node, () => {
        // Rows this unit has already moved elsewhere, or hither, are not on the disk yet.
        const stored = rows.membersOf(node).filter((k) => (members.get(k)?.node ?? node) === node && members.get(k) !== null);
        const moved = [...members].flatMap(([key, m]) => (m?.node === node ? [key] : []));
        return new Set([...stored, ...moved]);
      });
      return [...found];
    },

    putEvent: (row) => void inserts.events.push(row),

    putRecord(row, at) {
      const before = records.get(row.key);
      if (before) close({ table: "records", row: before }, at);
      fresh.add(row);
      inserts.records.push(row);
      records.set(row.key, row);
    },

    async putIdentifiers(key, wantedRows, at) {
      const before = await unit.identifiersOf(key);
      const wanted = new Map(wantedRows.map((r) => [r.identifier, r]));
      const kept = before.filter((r) => wanted.has(r.identifier));
      for (const row of before) {
        if (wanted.has(row.identifier)) continue;
        close({ table: "identifiers", row }, at);
        await unit.holders(row.identifier);
        holders.get(row.identifier)?.delete(key);
      }
      const added = [...wanted.values()].filter((r) => !before.some((b) => b.identifier === r.identifier));
      for (const row of added) {
        fresh.add(row);
        inserts.identifiers.push(row);
        await unit.holders(row.identifier);
        holders.get(row.identifier)?.add(key);
      }
      identifiers.set(key, [...kept, ...added]);
    },

    async putEdges(key, wantedRows, at) {
      const name = (r: EdgesTable) => `${r.rel}\n${r.to_key}`;
      const before = await unit.edgesOf(key);
      const wanted = new Map(wantedRows.map((r) => [name(r), r]));
      for (const row of before) if (!wanted.has(name(row))) close({ table: "edges", row }, at);
      const known = new Set(before.map(name));
      const added = [...wanted.values()].filter((r) => !known.has(name(r)));
      for (const row of added) fresh.add(row);
      inserts.edges.push(...added);
      edges.set(key, [...before.filter((r) => wanted.has(name(r))), ...added]);
    },

    async putMember(row, at) {
      await unit.dropMember(row.key, at);
      fresh.add(row);
      inserts.members.push(row);
      members.set(row.key, row);
      nodes.get(row.node)?.add(row.key);
    },

    async dropMember(key, at) {
      const before = await unit.memberOf(key);
      if (!before) return;
      close({ table: "members", row: before }, at);
      nodes.get(before.node)?.delete(key);
      members.set(key, null);
    },

    observe(row) {
      const before = observed.get(row.key);
      observed.set(row.key, {
        ...row,
        observed_at: Math.max(row.observed_at, before?.observed_at ?? 0),
        ...laterChange(row, before ?? noChange),
      });
      changes.set(row.key, laterChange(row, changes.get(row.key) ?? noChange));
    },

    bump: (node, at) => void bumped.set(node, Math.max(at, bumped.get(node) ?? 0)),

    async subjectKey(subject) {
      if (!subjects.has(subject)) await unit.prefetch([], [], [subject]);
      return subjects.get(subject) ?? null;
    },

    putSubjectKey(row, opened) {
      inserts.subject_keys.push(row);
      subjects.set(row.subject, opened);
    },

    async sealedRecord(key) {
      const row = records.get(key);
      if (row && "payload" in row) return row.payload as Buffer;
      return rows.sealedRecord(key);
    },

    receivedAs: (name) => received.get(name) ?? null,

    async prefetchReceived(names) {
      const wanted = missing(names, received);
      if (wanted.length === 0) return;
      for (const name of wanted) received.set(name, null);
      for (const row of rows.received(wanted)) received.set(row.name, row.event_id);
    },

    putReceived(name, event_id, received_at) {
      if (received.get(name)) return;
      received.set(name, event_id);
      inserts.received.push({ tenant: keys.tenant, name, event_id, received_at });
    },

    putQuarantine: (row) => void inserts.quarantine.push(row),

    async prefetch(wantedKeys, wantedIdentifiers, wantedSubjects) {
      prefetchRecords(missing(wantedKeys, records));
      prefetchHolders(missing(wantedIdentifiers, holders));
      prefetchSubjects(missing(wantedSubjects, subjects));
    },

    async flush() {
      for (const { closing, at } of closings) rows.close(closing, at);
      for (const [table, added] of Object.entries(inserts)) rows.insert(table as keyof typeof inserts, added as never);
      for (const row of observed.values()) rows.observe(row);
      for (const [node, version] of bumped) rows.version(node, version);
      return bumped;
    },
  };
  return unit;

  function prefetchRecords(wanted: string[]): void {
    if (wanted.length === 0) return;
    for (const key of wanted) records.set(key, null);
    for (const row of rows.records(wanted)) records.set(row.key, row);
    // A record that has never been here has nothing else here either.
    for (const key of wanted) {
      if (records.get(key)) continue;
      if (!identifiers.has(key)) identifiers.set(key, []);
      if (!edges.has(key)) edges.set(key, []);
      if (!members.has(key)) members.set(key, null);
    }
  }

  function prefetchHolders(wanted: string[]): void {
    if (wanted.length === 0) return;
    for (const identifier of wanted) holders.set(identifier, new Set());
    for (const row of rows.holders(wanted)) holders.get(row.identifier)?.add(row.key);
  }

  function prefetchSubjects(wanted: string[]): void {
    if (wanted.length === 0) return;
    for (const subject of wanted) subjects.set(subject, null);
    for (const row of rows.subjectKeys(wanted)) subjects.set(row.subject, openSubjectKey(row.subject, row.wrapped_key));
  }
}

function remembered<T>(known: Map<string, T>, key: string, read: () => T): T {
  if (!known.has(key)) known.set(key, read());
  return known.get(key) as T;
}

const noChange: Change = { changed_at: null, change_order: null };

function laterChange(a: Change, b: Change): Change {
  if (a.changed_at === null || b.changed_at === null) return pick(a.changed_at === null ? b : a);
  if (a.changed_at !== b.changed_at) return pick(a.changed_at > b.changed_at ? a : b);
  const orders = [a.change_order, b.change_order].filter((order) => order !== null);
  return { changed_at: a.changed_at, change_order: orders.length > 0 ? Math.max(...orders) : null };
}

const pick = ({ changed_at, change_order }: Change): Change => ({ changed_at, change_order });

function missing(wanted: string[], known: ReadonlyMap<string, unknown>): string[] {
  return [...new Set(wanted)].filter((key) => !known.has(key));
}
