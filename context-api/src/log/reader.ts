import type { RecordData, RecordKind, StoredRecord } from "@sidelight/model/records.ts";
import { splitRef } from "@sidelight/model/refs.ts";
import { dataKeyCache, unwrapDataKey } from "../security/keyring.ts";
import { unseal } from "../security/seal.ts";
import { chunks } from "../store/chunks.ts";
import type { RecordsTable } from "../store/schema.ts";
import type { TenantLog } from "./log.ts";
import type { RecordPayload } from "./payload.ts";

/** Reads of the projections, now or as of a sequence. Everything that was looked at is told to `seen`. */
export interface Reader {
  /** The sequence that it stops at; null for the present. */
  at: number | null;
  /** The key under which a ref is kept. */
  key(ref: string): string;
  /** Current records by key; absent and deleted ones are left out. */
  records(keys: Iterable<string>): Promise<StoredRecord[]>;
  /** What current records say, by ref. */
  data(keys: string[]): Promise<Map<string, RecordData>>;
  /** Records of these kinds that point at one of `keys`. */
  pointingAt(keys: Iterable<string>, rels: readonly string[], kinds?: readonly RecordKind[]): Promise<StoredRecord[]>;
  /** Keys of the records that hold an identifier. */
  holders(kind: string, value: string): Promise<string[]>;
  /** The customer a record belongs to. */
  nodeOf(key: string): Promise<string | null>;
  nodesOf(keys: Iterable<string>): Promise<Map<string, string>>;
  /** The record that a deleted one was merged into at its source; null when it wasn't. */
  mergedInto(key: string): Promise<string | null>;
  membersOf(node: string): Promise<{ key: string; rule: string }[]>;
  /** Ids of the events that made these versions. */
  eventIds(sequences: Iterable<number>): Promise<Map<number, string>>;
  /** When each object of each connection was last vouched for by a whole pull. */
  coverage(): Promise<Map<string, number>>;
  /** When something was last looked at for one customer, by a name of the caller's; 0 when never. */
  observation(key: string): Promise<number>;
}

/** Name of an object of a connection in {@link Reader.coverage}. */
export const coverageName = (connection: string, object: string): string => `${connection}\n${object}`;

export interface ReaderOptions {
  /** As it was when this sequence was the last; the present when left out. */
  at?: number;
  seen?: (dependency: string) => void;
}

export function openReader(log: TenantLog, { at, seen = () => {} }: ReaderOptions = {}): Reader {
  const dataKeys = sharedDataKeys;
  const { store } = log;
  /** Of one look at the store; asked for with every record. */
  let covered: ReturnType<Reader["coverage"]> | null = null;

  return {
    at: at ?? null,
    key: log.key,
    records,
    data,
    pointingAt,
    holders,
    nodeOf,
    nodesOf,
    mergedInto,
    membersOf,
    eventIds,
    coverage,
    observation,
  };

  function live<Q extends { where(...args: never[]): Q }>(query: Q): Q {
    const q = query as unknown as { where(...args: unknown[]): Q & { where(...args: unknown[]): Q } };
    if (at === undefined) return q.where("to_seq", "is", null);
    return q
      .where("from_seq", "<=", at)
      .where((e: { or(x: unknown[]): unknown; (a: string, b: string, c: unknown): unknown }) =>
        e.or([e("to_seq", "is", null), e("to_seq", ">", at)]),
      );
  }

  async function records(keys: Iterable<string>): Promise<StoredRecord[]> {
    const wanted = [...new Set(keys)];
    for (const key of wanted) seen(key);
    const rows: RecordsTable[] = [];
    for (const chunk of chunks(wanted))
      rows.push(...(await live(store.from("records").selectAll().where("key", "in", chunk)).execute()));
    const present = rows.filter((r) => r.deleted === 0);
    const order = new Map(wanted.map((key, i) => [key, i]));
    const opened = await open(present);
    return opened.sort((a, b) => order.get(a.key)! - order.get(b.key)!);
  }

  async function data(keys: string[]): Promise<Map<string, RecordData>> {
    const rows: RecordsTable[] = [];
    for (const chunk of chunks([...new Set(keys)])) {
      rows.push(...(await live(store.from("records").selectAll().where("key", "in", chunk)).execute()));
    }
    const present = rows.filter((r) => r.deleted === 0);
    await loadDataKeys(present.map((r) => r.subject));
    const payloads = present.flatMap((row) => openPayload(row) ?? []);
    return new Map(payloads.map((payload) => [payload.ref, payload.data]));
  }

  async function pointingAt(
    keys: Iterable<string>,
    rels: readonly string[],
    kinds?: readonly RecordKind[],
  ): Promise<StoredRecord[]> {
    const wanted = [...new Set(keys)];
    const from = new Set<string>();
    for (const chunk of chunks(wanted)) {
      for (const key of chunk) seen(key);
      const rows = await live(
        store
          .from("edges")
          .select("from_key")
          .where("to_key", "in", chunk)
          .where("rel", "in", [...rels]),
      ).execute();
      for (const row of rows) from.add(row.from_key);
    }
    const rows: RecordsTable[] = [];
    for (const chunk of chunks([...from])) {
      let query = store.from("records").selectAll().where("key", "in", chunk);
      if (kinds) query = query.where("kind", "in", [...kinds]);
      rows.push(...(await live(query).execute()));
    }
    return open(rows.filter((r) => r.deleted === 0));
  }

  async function holders(kind: string, value: string): Promise<string[]> {
    const identifier = log.identifier(kind, value);
    seen(identifier);
    const rows = await live(store.from("identifiers").select("key").where("identifier", "=", identifier)).execute();
    return rows.map((r) => r.key).sort();
  }

  async function nodeOf(key: string): Promise<string | null> {
    return (await nodesOf([key])).get(key) ?? null;
  }

  async function nodesOf(keys: Iterable<string>): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (const chunk of chunks([...new Set(keys)])) {
      for (const key of chunk) seen(key);
      const rows = await live(store.from("members").select(["key", "node"]).where("key", "in", chunk)).execute();
      for (const row of rows) {
        found.set(row.key, row.node);
        seen(row.node);
      }
    }
    return found;
  }

  async function mergedInto(key: string): Promise<string | null> {
    seen(key);
    const query = store.from("edges").select("to_key").where("from_key", "=", key).where("rel", "=", "merged_into");
    return (await live(query).executeTakeFirst())?.to_key ?? null;
  }

  async function membersOf(node: string): Promise<{ key: string; rule: string }[]> {
    seen(node);
    const rows = await live(store.from("members").select(["key", "rule"]).where("node", "=", node))
      .orderBy("from_seq")
      .orderBy("key")
      .execute();
    return rows;
  }

  async function eventIds(sequences: Iterable<number>): Promise<Map<number, string>> {
    const found = new Map<number, string>();
    for (const chunk of chunks([...new Set(sequences)])) {
      const rows = await store.from("events").select(["sequence", "event_id"]).where("sequence", "in", chunk).execute();
      for (const row of rows) found.set(row.sequence, row.event_id);
    }
    return found;
  }

  async function coverage(): Promise<Map<string, number>> {
    if (at !== undefined) return await receivedUntil(at);
    const rows = await store.from("coverage").select(["connection", "object", "observed_at"]).execute();
    return new Map(rows.map((c) => [coverageName(c.connection, c.object), c.observed_at]));
  }

  /** Of the past it is known when events came, not when something was seen unchanged: values were at least as fresh as this. */
  async function receivedUntil(sequence: number): Promise<Map<string, number>> {
    const known = await store.from("coverage").select(["connection", "object"]).execute();
    const found = await Promise.all(
      known.map(async ({ connection, object }) => {
        const last = await store
          .from("events")
          .select("received_at")
          .where("connection", "=", connection)
          .where("object", "=", object)
          .where("sequence", "<=", sequence)
          .orderBy("sequence", "desc")
          .limit(1)
          .executeTakeFirst();
        return [coverageName(connection, object), last?.received_at ?? 0] as const;
      }),
    );
    return new Map(found);
  }

  async function observation(key: string): Promise<number> {
    const row = await store.from("observations").select("observed_at").where("key", "=", key).executeTakeFirst();
    return row?.observed_at ?? 0;
  }

  async function open(rows: RecordsTable[]): Promise<StoredRecord[]> {
    if (rows.length === 0) return [];
    const keys = rows.map((r) => r.key);
    const observed = new Map<string, number>();
    for (const chunk of at === undefined ? chunks(keys) : []) {
      const found = await store.from("observations").select(["key", "observed_at"]).where("key", "in", chunk).execute();
      for (const row of found) observed.set(row.key, row.observed_at);
    }
    covered ??= coverage();
    const vouched = await covered;
    await loadDataKeys(rows.map((r) => r.subject));
    return rows.flatMap((row) => {
      const payload = openPayload(row);
      if (!payload) return [];
      const known = Math.max(observed.get(row.key) ?? 0, vouched.get(coverageName(row.connection, row.object)) ?? 0);
      return [toRecord(row, payload, known)];
    });
  }

  function openPayload(row: RecordsTable): RecordPayload | null {
    const dataKey = dataKeys.get(`${log.tenant}\n${row.subject}`);
    if (!dataKey) return null;
    const place = { tenant: log.tenant, table: "records", id: `${row.key}:${row.from_seq}` };
    return JSON.parse(unseal(dataKey, place, row.payload).toString()) as RecordPayload;
  }

  async function loadDataKeys(subjects: string[]): Promise<void> {
    const wanted = [...new Set(subjects)].filter((s) => !dataKeys.has(`${log.tenant}\n${s}`));
    for (const chunk of chunks(wanted)) {
      const rows = await store.from("subject_keys").select(["subject", "wrapped_key"]).where("subject", "in", chunk).execute();
      for (const row of rows)
        dataKeys.set(`${log.tenant}\n${row.subject}`, unwrapDataKey(log.keys, row.subject, row.wrapped_key));
    }
  }
}

/** What current records say, by ref: one query, without how old any of it is. */
export async function currentData(log: TenantLog, refs: string[]): Promise<Map<string, RecordData>> {
  return await openReader(log).data(refs.map(log.key));
}

// Shared by all readers of the process: keys are looked up by tenant and subject.
const sharedDataKeys = dataKeyCache();

function toRecord(row: RecordsTable, payload: RecordPayload, observedAt: number): StoredRecord {
  return {
    key: row.key,
    ref: payload.ref,
    platform: row.platform,
    connection: row.connection,
    object: row.object,
    id: splitRef(payload.ref).id,
    changedAt: row.changed_at,
    observedAt,
    sequence: row.from_seq,
    identifiers: payload.identifiers,
    edges: payload.edges,
    data: payload.data,
  } as StoredRecord;
}
