import type { RecordData, RecordKind, StoredRecord } from "@sidelight/model/records.ts";
import { splitRef } from "@sidelight/model/refs.ts";
import { maxHolders } from "../identity/clusterRecord.ts";
import { yieldToEventLoop } from "../resilience/yieldToEventLoop.ts";
import { dataKeyCache, unwrapDataKey } from "../security/keyring.ts";
import { unseal } from "../security/seal.ts";
import { lastReceivedAt, loadEventIds } from "../store/tables/events.ts";
import { findObservation, listCoverage } from "../store/tables/observations.ts";
import {
  findTarget,
  listHolders,
  listMembers,
  loadDeletedKeys,
  loadNodes,
  loadRecordRows,
  loadSources,
  type RecordRow,
} from "../store/tables/projections.ts";
import { loadSubjectKeys } from "../store/tables/subjectKeys.ts";
import type { TenantLog } from "./log.ts";
import type { RecordPayload } from "./payload.ts";

/** Reads of the projections, now or as of a sequence. */
export interface Reader {
  /** The sequence it reads as of; null for the present. */
  at: number | null;
  /** The same reads in the present. */
  present(): Reader;
  /** The key under which a ref is stored. */
  key(ref: string): string;
  /** Current records in the order of their keys; absent and deleted ones are left out. */
  records(keys: Iterable<string>): Promise<StoredRecord[]>;
  /** Those of the keys whose record was deleted at its source. A record that was never stored is not among them. */
  deletedKeys(keys: Iterable<string>): Promise<Set<string>>;
  /** The data of current records, by ref. */
  data(keys: string[]): Promise<Map<string, RecordData>>;
  /** Records of these kinds that point at one of `keys`. */
  pointingAt(
    keys: Iterable<string>,
    rels: readonly string[],
    kinds?: readonly RecordKind[],
    /** Keys of records that the caller has already. */
    except?: ReadonlySet<string>,
  ): Promise<StoredRecord[]>;
  /** Keys of the records that hold an identifier, at most {@link maxHolders} + 1: then it names no customer. */
  holders(kind: string, value: string): Promise<string[]>;
  /** Keys of all records that hold an identifier. */
  allHolders(kind: string, value: string): Promise<string[]>;
  /** The customer a record belongs to. */
  nodeOf(key: string): Promise<string | null>;
  nodesOf(keys: Iterable<string>): Promise<Map<string, string>>;
  /** The record that a deleted record was merged into at its source; null when it was not merged. */
  mergedInto(key: string): Promise<string | null>;
  membersOf(node: string): Promise<{ key: string; rule: string }[]>;
  /** Ids of the events that made these versions. */
  eventIds(sequences: Iterable<number>): Promise<Map<number, string>>;
  /** When a complete pull last confirmed each object of each connection, by {@link coverageName}. */
  coverage(): Promise<Map<string, number>>;
  /** When the caller last saved an observation under this key; 0 when it never did. */
  observation(key: string): Promise<number>;
}

/** Names an object of a connection in {@link Reader.coverage}. */
export const coverageName = (connection: string, object: string): string => `${connection}\n${object}`;

export interface ReaderOptions {
  /** Reads as of this sequence; the present when left out. */
  at?: number;
  /** Called with every key, node and identifier that a read depends on. */
  onRead?: (dependency: string) => void;
}

export function openReader(log: TenantLog, { at, onRead = () => {} }: ReaderOptions = {}): Reader {
  const { store } = log;
  const asOf = at ?? null;
  /** Read once, because every record needs it. */
  let coverageRead: ReturnType<Reader["coverage"]> | null = null;

  return {
    at: asOf,
    present: () => openReader(log, { onRead }),
    key: log.key,
    records,
    deletedKeys,
    data,
    pointingAt,
    holders: (kind, value) => holders(kind, value, maxHolders + 1),
    allHolders: (kind, value) => holders(kind, value, null),
    nodeOf,
    nodesOf,
    mergedInto,
    membersOf,
    eventIds: (sequences) => loadEventIds(store, sequences),
    coverage: coverageOnce,
    observation: (key) => {
      onRead(key);
      return findObservation(store, key);
    },
  };

  async function records(keys: Iterable<string>): Promise<StoredRecord[]> {
    const requestedKeys = [...new Set(keys)];
    for (const key of requestedKeys) onRead(key);
    const rows = new Map((await loadRecordRows(store, requestedKeys, asOf)).map((row) => [row.key, row]));
    return await openRecords(requestedKeys.flatMap((key) => rows.get(key) ?? []));
  }

  async function deletedKeys(keys: Iterable<string>): Promise<Set<string>> {
    const requestedKeys = [...new Set(keys)];
    for (const key of requestedKeys) onRead(key);
    return await loadDeletedKeys(store, requestedKeys, asOf);
  }

  async function data(keys: string[]): Promise<Map<string, RecordData>> {
    const rows = await loadRecordRows(store, keys, asOf);
    await loadDataKeys(rows.map((r) => r.subject));
    const dataByRef = new Map<string, RecordData>();
    for (const row of rows) {
      await yieldToEventLoop();
      const payload = openPayload(row);
      if (payload) dataByRef.set(payload.ref, payload.data);
    }
    return dataByRef;
  }

  async function pointingAt(
    keys: Iterable<string>,
    rels: readonly string[],
    kinds?: readonly RecordKind[],
    except: ReadonlySet<string> = new Set(),
  ): Promise<StoredRecord[]> {
    const targets = [...new Set(keys)];
    for (const key of targets) onRead(key);
    const sources = (await loadSources(store, targets, rels, asOf)).difference(except);
    return await openRecords(await loadRecordRows(store, sources, asOf, kinds));
  }

  async function holders(kind: string, value: string, limit: number | null): Promise<string[]> {
    const identifier = log.identifier(kind, value);
    onRead(identifier);
    return await listHolders(store, identifier, asOf, limit);
  }

  async function nodeOf(key: string): Promise<string | null> {
    return (await nodesOf([key])).get(key) ?? null;
  }

  async function nodesOf(keys: Iterable<string>): Promise<Map<string, string>> {
    const requestedKeys = [...new Set(keys)];
    for (const key of requestedKeys) onRead(key);
    const nodes = await loadNodes(store, requestedKeys, asOf);
    for (const node of nodes.values()) onRead(node);
    return nodes;
  }

  async function mergedInto(key: string): Promise<string | null> {
    onRead(key);
    return await findTarget(store, key, "merged_into", asOf);
  }

  async function membersOf(node: string): Promise<{ key: string; rule: string }[]> {
    onRead(node);
    return await listMembers(store, node, asOf);
  }

  async function coverage(): Promise<Map<string, number>> {
    const rows = await listCoverage(store);
    const entries = rows.map(async ({ connection, object, observed_at }): Promise<[string, number]> => {
      // In the past only the times of events are known, not when a value was seen unchanged: values were at least this fresh.
      const observedAt = asOf === null ? observed_at : await lastReceivedAt(store, { connection, object, sequence: asOf });
      return [coverageName(connection, object), observedAt];
    });
    return new Map(await Promise.all(entries));
  }

  function coverageOnce(): Promise<Map<string, number>> {
    coverageRead ??= coverage();
    return coverageRead;
  }

  async function openRecords(rows: RecordRow[]): Promise<StoredRecord[]> {
    if (rows.length === 0) return [];
    const coverageByName = await coverageOnce();
    await loadDataKeys(rows.map((r) => r.subject));
    const openedRecords: StoredRecord[] = [];
    for (const row of rows) {
      await yieldToEventLoop();
      const payload = openPayload(row);
      if (!payload) continue;
      const coveredAt = coverageByName.get(coverageName(row.connection, row.object)) ?? 0;
      openedRecords.push(toRecord(row, payload, Math.max(row.observed_at ?? 0, coveredAt)));
    }
    return openedRecords;
  }

  function openPayload(row: RecordRow): RecordPayload | null {
    const dataKey = sharedDataKeys.get(`${log.tenant}\n${row.subject}`);
    if (!dataKey) return null;
    const context = { tenant: log.tenant, table: "records", id: `${row.key}:${row.from_seq}` };
    return JSON.parse(unseal(dataKey, context, row.payload).toString()) as RecordPayload;
  }

  async function loadDataKeys(subjects: string[]): Promise<void> {
    const missingSubjects = [...new Set(subjects)].filter((s) => !sharedDataKeys.has(`${log.tenant}\n${s}`));
    for (const { subject, wrapped_key } of await loadSubjectKeys(store, missingSubjects)) {
      await yieldToEventLoop();
      sharedDataKeys.set(`${log.tenant}\n${subject}`, unwrapDataKey(log.keys, subject, wrapped_key));
    }
  }
}

/** The data of current records, by ref: one query, without their age. */
export async function currentData(log: TenantLog, refs: string[]): Promise<Map<string, RecordData>> {
  return await openReader(log).data(refs.map(log.key));
}

// Shared by all readers of the process, by tenant and subject.
const sharedDataKeys = dataKeyCache();

function toRecord(row: RecordRow, payload: RecordPayload, observedAt: number): StoredRecord {
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
