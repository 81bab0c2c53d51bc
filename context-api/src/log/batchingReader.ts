import type { StoredRecord } from "@sidelight/model/records.ts";
import DataLoader from "dataloader";
import { maxHolders } from "../identity/clusterRecord.ts";
import { loadHolders, loadMembers } from "../store/tables/projections.ts";
import type { TenantLog } from "./log.ts";
import { openReader, type Reader } from "./reader.ts";

/** Keys of one query. Several are read one after another, each in its own turn of the event loop. */
const maxBatch = 100;

/**
 * A reader of the present for work on many customers at once. Reads that are waiting together become one query, and nothing is read
 * twice. Use one for one request: it keeps what it has read.
 */
export function openBatchingReader(log: TenantLog): Reader {
  const reader = openReader(log);
  const options = { maxBatchSize: maxBatch, batchScheduleFn: inTurn() };
  const recordLoader = new DataLoader<string, StoredRecord | null>(async (keys) => {
    const records = new Map((await reader.records(keys)).map((record) => [record.key, record]));
    return keys.map((key) => records.get(key) ?? null);
  }, options);
  const nodeLoader = new DataLoader<string, string | null>(async (keys) => {
    const nodes = await reader.nodesOf(keys);
    return keys.map((key) => nodes.get(key) ?? null);
  }, options);
  const holderLoader = new DataLoader<string, string[]>(async (identifiers) => {
    const holders = await loadHolders(log.store, identifiers, null);
    return identifiers.map((identifier) => (holders.get(identifier) ?? []).slice(0, maxHolders + 1));
  }, options);
  const memberLoader = new DataLoader<string, { key: string; rule: string }[]>(async (nodes) => {
    const members = await loadMembers(log.store, nodes, null);
    return nodes.map((node) => members.get(node) ?? []);
  }, options);

  return {
    ...reader,
    async records(keys) {
      const records = await Promise.all([...new Set(keys)].map((key) => recordLoader.load(key)));
      return records.filter((record) => record !== null);
    },
    nodeOf: (key) => nodeLoader.load(key),
    async nodesOf(keys) {
      const uniqueKeys = [...new Set(keys)];
      const nodes = await Promise.all(uniqueKeys.map((key) => nodeLoader.load(key)));
      return new Map(uniqueKeys.flatMap((key, i) => (nodes[i] ? [[key, nodes[i]] as const] : [])));
    },
    holders: (kind, value) => holderLoader.load(log.identifier(kind, value)),
    membersOf: (node) => memberLoader.load(node),
  };
}

/** Runs one batch in each turn of the event loop. */
function inTurn(): (run: () => void) => void {
  const batches: (() => void)[] = [];
  const runNext = (): void => {
    batches.shift()?.();
    if (batches.length > 0) setImmediate(runNext);
  };
  return (run) => {
    batches.push(run);
    if (batches.length === 1) setImmediate(runNext);
  };
}
