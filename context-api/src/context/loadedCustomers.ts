import { LRUCache } from "lru-cache";
import type { Invalidation, TenantLog } from "../log/log.ts";
import { findProjectedHead } from "../log/projections/projector.ts";
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
  /** The kept records, if the company is the same as of `sequence` and now; null when it may differ, and when it is not kept. */
  loadAsOf(node: string, rank: RecordRank, sequence: number): Promise<LoadedCompany | null>;
  /** Starts to keep a large company for later reads, if no other one has to make room for it. @param records of any time */
  keep(node: string, rank: RecordRank, records: CustomerRecords): Promise<void>;
}

interface Entry {
  tree: CompanyTree;
  records: CustomerRecords;
  dependencies: Set<string>;
  /** Identifiers of domains, whose owners decide which people belong to a company, and the records that share one. */
  domains: Set<string>;
  changes: Changes;
  /** No later event has changed the records, or is among the changes. */
  changedThrough: number;
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
    load,
    async loadAsOf(node, rank, sequence) {
      if (!reads.has(node) && !isUnchangedSince(entries.get(node), sequence)) return null;
      const company = await load(node, rank);
      // What it has read may be announced later.
      await log.whenProjected(await findProjectedHead(log.store));
      const entry = entries.get(node);
      return entry?.records === company.records && isCurrent(entry) && isUnchangedSince(entry, sequence) ? company : null;
    },
    async keep(node, rank, records) {
      const size = sizeOf(records);
      const hasRoom = size >= limits.minRecords && entries.calculatedSize + size <= limits.maxRecords;
      if (hasRoom && !entries.has(node) && !reads.has(node)) await load(node, rank);
    },
  };

  async function load(node: string, rank: RecordRank): Promise<LoadedCompany> {
    const kept = entries.get(node);
    const earlierRead = reads.get(node);
    if (!earlierRead && kept && isCurrent(kept)) return { ...kept, isKept: true };
    if (earlierRead) {
      // It may have read an earlier state.
      const entry = await earlierRead;
      if (!reads.has(node) && isCurrent(entry)) return { ...entry, isKept: true };
    }
    return { ...(await (reads.get(node) ?? startRead(node, rank))), isKept: kept !== undefined };
  }

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
      const changedThrough = log.head();
      const reader = openCompanyReader(dependencies, domains);
      const tree = await loadCompanyTree(reader, node, rank);
      const records = await companyRecords(reader, tree);
      const size = sizeOf(records);
      const entry: Entry = { tree, records, dependencies, domains, changes: noChanges(), changedThrough, size };
      for (const invalidation of recording) addChanges(entry, invalidation, log.head());
      if (entry.size >= limits.minRecords) entries.set(node, entry);
      return entry;
    } finally {
      recordings.delete(recording);
    }
  }

  /** @returns false when the whole company has to be read again */
  async function update(entry: Entry, changes: Changes, rank: RecordRank): Promise<boolean> {
    if (changes.needsReload) return false;
    const added = new Set<string>();
    const previousTickets = ticketsOfOthers(entry.tree);
    const reader = openCompanyReader(entry.dependencies, entry.domains, added);
    if (changes.companies.size > 0) {
      const companies = await relevantCompanies(reader, entry, changes.companies);
      if (companies.size > 0 && !(await hasSameCompanies(reader, entry.tree, companies, rank))) return false;
    }
    await updateCompanyTree(reader, entry.tree, changes, rank);
    entry.records = await companyRecords(reader, entry.tree);
    // What the records have come to depend on may have changed before: that was not among the changes.
    if (!added.isSubsetOf(changes.objects) || ticketsOfOthers(entry.tree) > previousTickets)
      entry.changedThrough = Math.max(entry.changedThrough, log.head());
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

  /** @param added gets what was not among the dependencies before */
  function openCompanyReader(dependencies: Set<string>, domains: Set<string>, added = new Set<string>()): Reader {
    const onRead = (dependency: string): void => {
      if (dependencies.has(dependency)) return;
      dependencies.add(dependency);
      added.add(dependency);
    };
    const reader = openSnapshotReader(log, { onRead });
    return {
      ...reader,
      async holders(kind, value) {
        const holders = await reader.holders(kind, value);
        if (kind !== "domain") return holders;
        domains.add(log.identifier(kind, value));
        // Of a group with one domain, the account tree decides whose people they are.
        if (holders.length > 1) for (const key of holders) domains.add(claimantName(key));
        return holders;
      },
    };
  }

  function onInvalidated(invalidation: Invalidation): void {
    for (const recording of recordings) recording.push(invalidation);
    for (const [node, entry] of [...entries.entries()]) {
      addChanges(entry, invalidation, log.head());
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

const ticketsOfOthers = (tree: CompanyTree): number => tree.reduce((sum, basis) => sum + basis.ticketsOfOthers.size, 0);

const isUnchangedSince = (entry: Entry | undefined, sequence: number): boolean =>
  entry !== undefined && entry.changedThrough <= sequence;

/** Adds the changes of one transaction if the records depend on any of them. @param head the last event that may have made them */
function addChanges(entry: Entry, { dependencies, changes, isEverything, sequences }: Invalidation, head: number): void {
  const { changes: pending } = entry;
  if (isEverything) pending.needsReload = true;
  if (pending.needsReload) return;
  const relevant = dependencies.filter((dependency) => entry.dependencies.has(dependency));
  if (relevant.length === 0) return;
  for (const dependency of relevant) entry.changedThrough = Math.max(entry.changedThrough, sequences.get(dependency) ?? head);
  for (const { kind, key } of changes) setOf(pending, kind).add(key);
  if (changes.some(({ kind }) => kind === "person")) for (const dependency of relevant) pending.customers.add(dependency);
  const { people, objects, companies } = pending;
  // What was invalidated without an event changed no record that could be read again.
  pending.needsReload =
    changes.length === 0 ||
    people.size + objects.size + companies.size > maxChanges ||
    changes.some(({ kind, key }) => kind === "company" && entry.domains.has(claimantName(key))) ||
    dependencies.some((dependency) => entry.domains.has(dependency));
}

const claimantName = (key: string): string => `claimant ${key}`;

const setOf = ({ people, objects, companies }: Changes, kind: string): Set<string> =>
  kind === "person" ? people : kind === "company" ? companies : objects;

function sizeOf(customer: CustomerRecords): number {
  const { people, company, tickets, ratings, opportunities, activities, cases, usage, memberships, notes, subsidiaries } =
    customer;
  const lists = [tickets, ratings, opportunities, activities, cases, usage, memberships, notes];
  return (
    (company?.records.length ?? 0) +
    lists.reduce((sum, list) => sum + list.length, 0) +
    [...people.values()].reduce((sum, person) => sum + person.length, 0) +
    subsidiaries.reduce((sum, subsidiary) => sum + sizeOf(subsidiary), 0)
  );
}
