import { LRUCache } from "lru-cache";
import type { Invalidation, TenantLog } from "../log/log.ts";
import type { Reader } from "../log/reader.ts";
import { openSnapshotReader } from "../log/snapshotReader.ts";
import { type CompanyTree, companyRecords, hasSameCompanies, loadCompanyTree, updateCompanyTree } from "./companyTree.ts";
import type { CustomerRecords, RecordRank } from "./customerRecords.ts";

/** The records of a company, with what they were read from. */
export interface LoadedCompany {
  records: CustomerRecords;
  dependencies: ReadonlySet<string>;
  /** True for records that were read for an earlier answer: when they were last seen at their source has to be read again. */
  isKept: boolean;
}

/**
 * The records of large companies. To read and decrypt those of thousands of people takes longer than the rest of an answer, so they are
 * kept, and after a change only the changed records are read.
 */
export interface LoadedCustomers {
  /** The records of the company as of now. Answers at the same time share one read. */
  load(node: string, rank: RecordRank): Promise<LoadedCompany>;
}

interface Entry {
  tree: CompanyTree;
  records: CustomerRecords;
  dependencies: Set<string>;
  /** Identifiers of domains, whose owners decide which people belong to a company. */
  domains: Set<string>;
  changes: Changes;
  size: number;
}

/** What has changed since the records were read. */
interface Changes {
  people: Set<string>;
  customers: Set<string>;
  objects: Set<string>;
  companies: Set<string>;
  /** True when changed records cannot be read one by one. */
  needsReload: boolean;
}

/** A smaller customer is read in a few milliseconds. */
const minRecords = 500;
/** Of all kept companies together. A record takes about two kilobytes. */
const maxRecords = 40_000;
/** With more changed records, the company is read as a whole. */
const maxChanges = 1_000;

export function createLoadedCustomers(log: TenantLog, limits = { minRecords, maxRecords }): LoadedCustomers {
  const entries = new LRUCache<string, Entry>({ maxSize: limits.maxRecords, sizeCalculation: ({ size }) => Math.max(1, size) });
  const reads = new Map<string, Promise<Entry>>();
  /** What was invalidated during each read of a whole company. Its dependencies are only complete at its end. */
  const recordings = new Set<Invalidation[]>();
  let unsubscribe: (() => void) | null = null;

  return {
    async load(node, rank) {
      const kept = entries.get(node);
      const earlierRead = reads.get(node);
      if (!earlierRead && kept && isCurrent(kept)) return { ...kept, isKept: true };
      if (earlierRead) {
        // It may have read an earlier state.
        const entry = await earlierRead;
        if (!reads.has(node) && isCurrent(entry)) return { ...entry, isKept: true };
      }
      return { ...(await (reads.get(node) ?? startRead(node, rank))), isKept: kept !== undefined };
    },
  };

  function startRead(node: string, rank: RecordRank): Promise<Entry> {
    unsubscribe ??= log.onInvalidated(onInvalidated);
    const read = readCompany(node, rank).finally(() => {
      reads.delete(node);
      stopWhenEmpty();
    });
    reads.set(node, read);
    return read;
  }

  async function readCompany(node: string, rank: RecordRank): Promise<Entry> {
    const kept = entries.get(node);
    if (!kept) return await readAll(node, rank);
    const { changes } = kept;
    kept.changes = noChanges();
    try {
      if (await update(kept, changes, rank)) return kept;
    } catch (error) {
      entries.delete(node);
      throw error;
    }
    entries.delete(node);
    return await readAll(node, rank);
  }

  async function readAll(node: string, rank: RecordRank): Promise<Entry> {
    const recording: Invalidation[] = [];
    recordings.add(recording);
    try {
      const [dependencies, domains] = [new Set<string>(), new Set<string>()];
      const reader = openCompanyReader(dependencies, domains);
      const tree = await loadCompanyTree(reader, node, rank);
      const records = await companyRecords(reader, tree);
      const entry: Entry = { tree, records, dependencies, domains, changes: noChanges(), size: sizeOf(records) };
      for (const invalidation of recording) addChanges(entry, invalidation);
      if (entry.size >= limits.minRecords) entries.set(node, entry);
      return entry;
    } finally {
      recordings.delete(recording);
    }
  }

  /** @returns false when the whole company has to be read again */
  async function update(entry: Entry, changes: Changes, rank: RecordRank): Promise<boolean> {
    if (changes.needsReload) return false;
    const reader = openCompanyReader(entry.dependencies, entry.domains);
    if (changes.companies.size > 0) {
      const companies = await relevantCompanies(reader, entry, changes.companies);
      if (companies.size > 0 && !(await hasSameCompanies(reader, entry.tree, companies, rank))) return false;
    }
    await updateCompanyTree(reader, entry.tree, changes, rank);
    entry.records = await companyRecords(reader, entry.tree);
    return true;
  }

  /** Those of the changed companies that the records depend on: also one that has just become related to them. */
  async function relevantCompanies(reader: Reader, { dependencies }: Entry, keys: ReadonlySet<string>): Promise<Set<string>> {
    const plain = openSnapshotReader(log);
    const [nodes, records] = [await plain.nodesOf(keys), await plain.records(keys)];
    const linkedKeys = records
      .filter(({ edges }) => edges.some(({ to }) => dependencies.has(reader.key(to))))
      .map(({ key }) => key);
    const isRelevant = (key: string): boolean => dependencies.has(key) || dependencies.has(nodes.get(key) ?? "");
    return new Set([...linkedKeys, ...[...keys].filter(isRelevant)]);
  }

  function openCompanyReader(dependencies: Set<string>, domains: Set<string>): Reader {
    const reader = openSnapshotReader(log, { onRead: (dependency) => void dependencies.add(dependency) });
    return {
      ...reader,
      async holders(kind, value) {
        if (kind === "domain") domains.add(log.identifier(kind, value));
        return await reader.holders(kind, value);
      },
    };
  }

  function onInvalidated(invalidation: Invalidation): void {
    for (const recording of recordings) recording.push(invalidation);
    for (const [node, entry] of [...entries.entries()]) {
      addChanges(entry, invalidation);
      // Not with the next read only: its records are of no more use, and may be of people who must not be kept.
      if (entry.changes.needsReload) entries.delete(node);
    }
    stopWhenEmpty();
  }

  function stopWhenEmpty(): void {
    if (entries.size > 0 || reads.size > 0) return;
    unsubscribe?.();
    unsubscribe = null;
  }
}

const noChanges = (): Changes => ({
  people: new Set(),
  customers: new Set(),
  objects: new Set(),
  companies: new Set(),
  needsReload: false,
});

const isCurrent = ({ changes: { people, objects, companies, needsReload } }: Entry): boolean =>
  !needsReload && people.size + objects.size + companies.size === 0;

/** Adds the changes of one transaction if the records depend on any of them. */
function addChanges(entry: Entry, { dependencies, changes, isEverything }: Invalidation): void {
  const { changes: pending } = entry;
  if (isEverything) pending.needsReload = true;
  if (pending.needsReload) return;
  const relevant = dependencies.filter((dependency) => entry.dependencies.has(dependency));
  if (relevant.length === 0) return;
  for (const { kind, key } of changes) setOf(pending, kind).add(key);
  if (changes.some(({ kind }) => kind === "person")) for (const dependency of relevant) pending.customers.add(dependency);
  const { people, objects, companies } = pending;
  // What was invalidated without an event changed no record that could be read again.
  pending.needsReload =
    changes.length === 0 ||
    people.size + objects.size + companies.size > maxChanges ||
    dependencies.some((dependency) => entry.domains.has(dependency));
}

const setOf = ({ people, objects, companies }: Changes, kind: string): Set<string> =>
  kind === "person" ? people : kind === "company" ? companies : objects;

function sizeOf(customer: CustomerRecords): number {
  const { people, company, tickets, ratings, opportunities, activities, cases, usage, memberships, subsidiaries } = customer;
  const lists = [tickets, ratings, opportunities, activities, cases, usage, memberships];
  return (
    (company?.records.length ?? 0) +
    lists.reduce((sum, list) => sum + list.length, 0) +
    [...people.values()].reduce((sum, person) => sum + person.length, 0) +
    subsidiaries.reduce((sum, subsidiary) => sum + sizeOf(subsidiary), 0)
  );
}
