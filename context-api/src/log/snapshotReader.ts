import type { StoredRecord } from "@sidelight/model/records.ts";
import DataLoader from "dataloader";
import { maxHolders } from "../identity/clusterRecord.ts";
import { loadObservations } from "../store/tables/observations.ts";
import { listHolders, loadHolders, loadMembers } from "../store/tables/projections.ts";
import type { TenantLog } from "./log.ts";
import { openReader, type Reader, type ReaderOptions } from "./reader.ts";

type Member = { key: string; rule: string };

/** A few identifiers are read one by one: then a limit keeps those with many holders cheap. */
const maxSingleQueries = 4;

/**
 * A reader for one answer: it reads nothing twice, and reads that are waiting together become one query. What it returns is the state of
 * one moment, so it must not be kept.
 */
export function openSnapshotReader(log: TenantLog, options: ReaderOptions = {}): Reader {
  const reader = openReader(log, options);
  const { onRead = () => {}, at: asOf = null } = options;
  const records = new DataLoader<string, StoredRecord | null>(async (keys) => {
    const found = new Map((await reader.records(keys)).map((record) => [record.key, record]));
    return keys.map((key) => found.get(key) ?? null);
  });
  const nodes = new DataLoader<string, string | null>(async (keys) => {
    const found = await reader.nodesOf(keys);
    return keys.map((key) => found.get(key) ?? null);
  });
  const holders = new DataLoader<string, string[]>(async (identifiers) => {
    for (const identifier of identifiers) onRead(identifier);
    if (identifiers.length <= maxSingleQueries)
      return await Promise.all(identifiers.map((identifier) => listHolders(log.store, identifier, asOf, maxHolders + 1)));
    const found = await loadHolders(log.store, identifiers, asOf);
    return identifiers.map((identifier) => (found.get(identifier) ?? []).slice(0, maxHolders + 1));
  });
  // Not kept: an answer saves observations, and then reads them again.
  const observations = new DataLoader<string, number>(
    async (keys) => {
      const found = await loadObservations(log.store, keys);
      return keys.map((key) => found.get(key) ?? 0);
    },
    { cache: false },
  );
  const members = new DataLoader<string, Member[]>(async (customers) => {
    for (const node of customers) onRead(node);
    const found = await loadMembers(log.store, customers, asOf);
    return customers.map((node) => found.get(node) ?? []);
  });
  let present: Reader | null = null;

  async function nodesOf(keys: Iterable<string>): Promise<Map<string, string>> {
    const uniqueKeys = [...new Set(keys)];
    const found = await Promise.all(uniqueKeys.map((key) => nodes.load(key)));
    return new Map(uniqueKeys.flatMap((key, i) => (found[i] ? [[key, found[i]] as const] : [])));
  }

  return {
    ...reader,
    present() {
      present ??= openSnapshotReader(log, { onRead });
      return present;
    },
    async records(keys) {
      const uniqueKeys = [...new Set(keys)];
      for (const key of uniqueKeys) onRead(key);
      return (await Promise.all(uniqueKeys.map((key) => records.load(key)))).filter((record) => record !== null);
    },
    async pointingAt(...query) {
      const found = await reader.pointingAt(...query);
      for (const record of found) records.prime(record.key, record);
      return found;
    },
    nodesOf,
    nodeOf: async (key) => await nodes.load(key),
    holders: (kind, value) => holders.load(log.identifier(kind, value)),
    observation: (key) => {
      onRead(key);
      return observations.load(key);
    },
    membersOf: (node) => members.load(node),
  };
}
