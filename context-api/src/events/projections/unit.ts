import type { KeyObject } from "node:crypto";
import { type Insertable, type Kysely, sql } from "kysely";
import type { TenantKeys } from "../../security/keyring.ts";
import type {
  Database,
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
import { maxParameters } from "../../store/sqlite.ts";

export type CurrentRecord = Omit<RecordsTable, "payload">;

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

/** The newest change of a record that its source is known to have made. */
export type Change = Pick<ObservationsTable, "changed_at" | "change_order">;

export interface UnitOptions {
  db: Kysely<Database>;
  keys: TenantKeys;
  head: number;
  openSubjectKey(subject: string, wrapped: Buffer): KeyObject;
}

export function openUnit({ db, keys, head, openSubjectKey }: UnitOptions): Unit {
  const tenant = keys.tenant;
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
  const closings: (() => Promise<unknown>)[] = [];

  /** Ends a version: in memory when this unit made it, else by one update at the end. */
  function close(row: { from_seq: number; to_seq: number | null }, at: number, update: () => Promise<unknown>): void {
    row.to_seq = at;
    if (!fresh.has(row)) closings.push(update);
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
      if (!changes.has(key)) {
        const row = await db
          .selectFrom("observations")
          .select(["changed_at", "change_order"])
          .where("tenant", "=", tenant)
          .where("key", "=", key)
          .executeTakeFirst();
        changes.set(key, row ?? noChange);
      }
      return changes.get(key) ?? noChange;
    },

    async identifiersOf(key) {
      let rows = identifiers.get(key);
      if (!rows) {
        rows = await db
          .selectFrom("identifiers")
          .selectAll()
          .where("tenant", "=", tenant)
          .where("key", "=", key)
          .where("to_seq", "is", null)
          .execute();
        identifiers.set(key, rows);
      }
      return rows;
    },

    async holders(identifier) {
      if (!holders.has(identifier)) await unit.prefetch([], [identifier], []);
      return [...(holders.get(identifier) ?? [])];
    },

    async edgesOf(key) {
      let rows = edges.get(key);
      if (!rows) {
        rows = await db
          .selectFrom("edges")
          .selectAll()
          .where("tenant", "=", tenant)
          .where("from_key", "=", key)
          .where("to_seq", "is", null)
          .execute();
        edges.set(key, rows);
      }
      return rows;
    },

    async memberOf(key) {
      if (!members.has(key)) {
        const row = await db
          .selectFrom("members")
          .selectAll()
          .where("tenant", "=", tenant)
          .where("key", "=", key)
          .where("to_seq", "is", null)
          .executeTakeFirst();
        members.set(key, row ?? null);
      }
      return members.get(key) ?? null;
    },

    async membersOf(node) {
      let keysOfNode = nodes.get(node);
      if (!keysOfNode) {
        const rows = await db
          .selectFrom("members")
          .select("key")
          .where("tenant", "=", tenant)
          .where("node", "=", node)
          .where("to_seq", "is", null)
          .execute();
        // Rows this unit has already moved elsewhere, or hither, are not on the disk yet.
        const stored = rows.map((r) => r.key).filter((k) => (members.get(k)?.node ?? node) === node && members.get(k) !== null);
        const moved = [...members].flatMap(([key, m]) => (m?.node === node ? [key] : []));
        keysOfNode = new Set([...stored, ...moved]);
        nodes.set(node, keysOfNode);
      }
      return [...keysOfNode];
    },

    putEvent: (row) => void inserts.events.push(row),

    putRecord(row, at) {
      const before = records.get(row.key);
      if (before) {
        close(before, at, () =>
          db
            .updateTable("records")
            .set({ to_seq: at })
            .where("tenant", "=", tenant)
            .where("key", "=", row.key)
            .where("from_seq", "=", before.from_seq)
            .execute(),
        );
      }
      fresh.add(row);
      inserts.records.push(row);
      records.set(row.key, row);
    },

    async putIdentifiers(key, rows, at) {
      const before = await unit.identifiersOf(key);
      const wanted = new Map(rows.map((r) => [r.identifier, r]));
      const kept = before.filter((r) => wanted.has(r.identifier));
      for (const row of before) {
        if (wanted.has(row.identifier)) continue;
        close(row, at, () =>
          db
            .updateTable("identifiers")
            .set({ to_seq: at })
            .where("tenant", "=", tenant)
            .where("identifier", "=", row.identifier)
            .where("key", "=", key)
            .where("from_seq", "=", row.from_seq)
            .execute(),
        );
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

    async putEdges(key, rows, at) {
      const name = (r: EdgesTable) => `${r.rel}\n${r.to_key}`;
      const before = await unit.edgesOf(key);
      const wanted = new Map(rows.map((r) => [name(r), r]));
      for (const row of before) {
        if (wanted.has(name(row))) continue;
        close(row, at, () =>
          db
            .updateTable("edges")
            .set({ to_seq: at })
            .where("tenant", "=", tenant)
            .where("from_key", "=", key)
            .where("rel", "=", row.rel)
            .where("to_key", "=", row.to_key)
            .where("from_seq", "=", row.from_seq)
            .execute(),
        );
      }
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
      close(before, at, () =>
        db
          .updateTable("members")
          .set({ to_seq: at })
          .where("tenant", "=", tenant)
          .where("key", "=", key)
          .where("from_seq", "=", before.from_seq)
          .execute(),
      );
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
      const found = await db
        .selectFrom("records")
        .select("payload")
        .where("tenant", "=", tenant)
        .where("key", "=", key)
        .where("to_seq", "is", null)
        .executeTakeFirst();
      return found?.payload ?? null;
    },

    receivedAs: (name) => received.get(name) ?? null,

    async prefetchReceived(names) {
      for (const chunk of chunks(missing(names, received), 900)) {
        for (const name of chunk) received.set(name, null);
        const rows = await db
          .selectFrom("received")
          .select(["name", "event_id"])
          .where("tenant", "=", tenant)
          .where("name", "in", chunk)
          .execute();
        for (const row of rows) received.set(row.name, row.event_id);
      }
    },

    putReceived(name, event_id, received_at) {
      if (received.get(name)) return;
      received.set(name, event_id);
      inserts.received.push({ tenant, name, event_id, received_at });
    },

    putQuarantine: (row) => void inserts.quarantine.push(row),

    async prefetch(wantedKeys, wantedIdentifiers, wantedSubjects) {
      for (const chunk of chunks(missing(wantedKeys, records), 900)) {
        for (const key of chunk) records.set(key, null);
        const rows = await db
          .selectFrom("records")
          .select(currentColumns)
          .where("tenant", "=", tenant)
          .where("key", "in", chunk)
          .where("to_seq", "is", null)
          .execute();
        for (const row of rows) records.set(row.key, row);
        const absent = chunk.filter((key) => !records.get(key));
        // A record that has never been here has nothing else here either.
        for (const key of absent) {
          if (!identifiers.has(key)) identifiers.set(key, []);
          if (!edges.has(key)) edges.set(key, []);
          if (!members.has(key)) members.set(key, null);
        }
      }
      for (const chunk of chunks(missing(wantedIdentifiers, holders), 900)) {
        for (const identifier of chunk) holders.set(identifier, new Set());
        const rows = await db
          .selectFrom("identifiers")
          .select(["identifier", "key"])
          .where("tenant", "=", tenant)
          .where("identifier", "in", chunk)
          .where("to_seq", "is", null)
          .execute();
        for (const row of rows) holders.get(row.identifier)?.add(row.key);
      }
      for (const chunk of chunks(missing(wantedSubjects, subjects), 900)) {
        for (const subject of chunk) subjects.set(subject, null);
        const rows = await db
          .selectFrom("subject_keys")
          .select(["subject", "wrapped_key"])
          .where("tenant", "=", tenant)
          .where("subject", "in", chunk)
          .execute();
        for (const row of rows) subjects.set(row.subject, openSubjectKey(row.subject, row.wrapped_key));
      }
    },

    async flush() {
      for (const update of closings) await update();
      for (const [table, rows] of Object.entries(inserts)) await insertAll(table as keyof typeof inserts, rows);
      for (const chunk of chunks([...observed.values()], Math.floor(maxParameters / 5))) {
        await db
          .insertInto("observations")
          .values(chunk)
          .onConflict((c) =>
            c.columns(["tenant", "key"]).doUpdateSet({
              observed_at: sql<number>`max(observations.observed_at, excluded.observed_at)`,
              change_order: sql<number | null>`case
                when observations.changed_at is null or excluded.changed_at > observations.changed_at then excluded.change_order
                when excluded.changed_at = observations.changed_at
                  then coalesce(max(observations.change_order, excluded.change_order), excluded.change_order, observations.change_order)
                else observations.change_order end`,
              // SQLite's max of two values is null when either is.
              changed_at: sql<
                number | null
              >`coalesce(max(observations.changed_at, excluded.changed_at), excluded.changed_at, observations.changed_at)`,
            }),
          )
          .execute();
      }
      const versions = [...bumped].map(([node, version]) => ({ tenant, node, version }));
      for (const chunk of chunks(versions, Math.floor(maxParameters / 3))) {
        await db
          .insertInto("versions")
          .values(chunk)
          .onConflict((c) => c.columns(["tenant", "node"]).doUpdateSet((e) => ({ version: e.ref("excluded.version") })))
          .execute();
      }
      return bumped;
    },
  };
  return unit;

  async function insertAll(table: keyof typeof inserts, rows: object[]): Promise<void> {
    if (rows.length === 0) return;
    const perStatement = Math.floor(maxParameters / Object.keys(rows[0]!).length);
    for (const chunk of chunks(rows, perStatement)) {
      await db
        .insertInto(table)
        .values(chunk as Insertable<Database[typeof table]>[])
        .execute();
    }
  }
}

const currentColumns = [
  "tenant",
  "key",
  "from_seq",
  "to_seq",
  "first_seq",
  "platform",
  "connection",
  "object",
  "kind",
  "subject",
  "changed_at",
  "deleted",
  "digest",
] as const;

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

function chunks<T>(items: T[], size: number): T[][] {
  const out: T[][] = [];
  for (let i = 0; i < items.length; i += size) out.push(items.slice(i, i + size));
  return out;
}
