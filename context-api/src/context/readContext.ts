import type { Context, Match, Searched } from "@sidelight/contracts/context/context.ts";
import type { Edge } from "@sidelight/model/records.ts";
import type { ParsedRef } from "@sidelight/model/refs.ts";
import type { ReadState } from "../cache/answerCache.ts";
import type { Reader } from "../log/reader.ts";
import { openSnapshotReader } from "../log/snapshotReader.ts";
import { StoreLostError } from "../log/writer/errors.ts";
import type { Rights } from "../security/roles.ts";
import { compose, composeWithout } from "./compose.ts";
import { type CustomerRecords, withoutConnections } from "./customerRecords.ts";
import { withDeadline } from "./deadline.ts";
import { type Fetcher, fetchFromPlatforms, searchPlatforms } from "./fetchFromPlatforms.ts";
import { type FetchOutcome, hasRecords, isConclusive, isFailure } from "./fetchOutcome.ts";
import { createLoadedCustomers, type LoadedCompany, type LoadedCustomers } from "./loadedCustomers.ts";
import { loadRecords } from "./loadRecords.ts";
import { recordObservations, scopeKey } from "./observations.ts";
import { planLookups, planRefetches } from "./planFetches.ts";
import { recordRank } from "./recordRank.ts";
import { loadCandidates, matchReasons, type Resolution, type Resolved, resolve, resolveEdges } from "./resolve.ts";
import { neededSections } from "./sections/registry.ts";
import { type ConnectionStates, excludedConnections, mergeStates, readConnectionStates, withFetchProblems } from "./sources.ts";
import { configurationDependency, connectionDependency, type Tenant } from "./tenant.ts";
import { answerTtl, retryAt, validUntil } from "./validity.ts";

export interface ReadQuery {
  ref: ParsedRef;
  /** What a deleted object pointed at: they lead to its customer instead of `ref`. */
  edges?: readonly Edge[] | undefined;
  rights: Rights;
  /** Names of the sections to answer. */
  sections: readonly string[];
  /** Reads as of this moment. No platform is asked. */
  at?: PastMoment | undefined;
  /** Reads the store only, whatever is absent or stale. */
  storeOnly?: boolean;
  /** Who reads, for the limit of searches: the id of an API key. A read of our own has none. */
  searcher?: string | undefined;
}

/** A moment of the log. */
export interface PastMoment {
  /** The last sequence that is read. */
  sequence: number;
  /** Epoch ms. */
  instant: number;
}

export interface ReadOptions {
  /** When fetches are no longer waited for, by the monotonic clock. */
  deadline: number;
  /** Fetches from every connection, however young its records are. */
  isForced: boolean;
}

/** A context, and what it was read from. */
export interface ContextReading extends ReadState {
  context: Context;
  /** The customer's node; null for an answer without a customer. */
  subject: string | null;
  /** Epoch ms. */
  readAt: number;
  /** After this long it is read again, ms. */
  ttlMs: number;
  /** Until when it stays the same without another event, epoch ms. */
  validUntil: number;
  /** True when a platform was asked for it. */
  usedPlatform: boolean;
}

/** One read of the store. `generation` is taken before the first query, so that no later change is missed. */
interface Snapshot extends ReadState {
  reader: Reader;
  resolution: Resolution;
  /** Null for a customer that is unknown or ambiguous. */
  customer: { resolution: Resolved; records: CustomerRecords; states: ConnectionStates; isKept: boolean } | null;
}

/** Fetches that were made for one answer; null before they are planned. Each kind is made at most once. */
interface Rounds {
  lookups: readonly FetchOutcome[] | null;
  refetches: readonly FetchOutcome[] | null;
}

/**
 * Reads one customer's context: reads the store, plans what to fetch, fetches it, and reads again, until there is nothing left to
 * fetch.
 */
export async function readContext(
  tenant: Tenant,
  fetcher: Fetcher,
  query: ReadQuery,
  options: ReadOptions,
): Promise<ContextReading> {
  let snapshot = await takeSnapshot(tenant, query);
  let rounds: Rounds = { lookups: null, refetches: null };
  const canFetch = !query.storeOnly && query.at === undefined;
  while (canFetch) {
    const round = planRound(tenant, query, snapshot, rounds, options);
    if (!round) break;
    const outcomes =
      round.kind === "lookups"
        ? await searchPlatforms(tenant, fetcher, round.fetches, { ...options, searcher: query.searcher ?? null })
        : await fetchFromPlatforms(tenant, fetcher, round.fetches, options.deadline);
    rounds = { ...rounds, [round.kind]: outcomes };
    snapshot = await readAgain(tenant, query, snapshot, outcomes, options.deadline);
  }
  return await answer(tenant, fetcher, query, snapshot, rounds);
}

/** The next fetches: first the search for an unknown customer, then what is stale or absent. Null when the snapshot will do. */
function planRound(
  tenant: Tenant,
  query: ReadQuery,
  { resolution, customer }: Snapshot,
  rounds: Rounds,
  { isForced }: ReadOptions,
) {
  const isUnknown = resolution.state === "none" || (resolution.state === "resolved" && resolution.isStandIn === true);
  if (isUnknown && rounds.lookups === null) return { kind: "lookups", fetches: planLookups(tenant, query.ref) } as const;
  if (!customer || rounds.refetches !== null) return null;
  const fetches = planRefetches({
    ...customer,
    definitions: neededSections(tenant.sections, query.sections),
    outcomes: rounds.lookups ?? [],
    isForced,
    now: tenant.clock.now(),
  });
  return fetches.length > 0 ? ({ kind: "refetches", fetches } as const) : null;
}

async function takeSnapshot(tenant: Tenant, query: ReadQuery): Promise<Snapshot> {
  const generation = tenant.log.generation();
  const dependencies = new Set([configurationDependency, ...tenant.connections.map((c) => connectionDependency(c.id))]);
  const onRead = (dependency: string) => void dependencies.add(dependency);
  const reader = openSnapshotReader(tenant.log, query.at ? { onRead, at: query.at.sequence } : { onRead });
  const resolution = await resolveQuery(reader, query);
  if (resolution.state !== "resolved") return { generation, dependencies, reader, resolution, customer: null };
  const loaded = await loadCustomer(tenant, query, { reader, dependencies }, resolution);
  const records = withoutConnections(loaded.records, excludedConnections(tenant));
  const states = await readConnectionStates(tenant, reader, records, nowOf(tenant, query));
  return { generation, dependencies, reader, resolution, customer: { resolution, records, states, isKept: loaded.isKept } };
}

const resolveQuery = (reader: Reader, { edges, ref }: ReadQuery): Promise<Resolution> =>
  edges ? resolveEdges(reader, edges) : resolve(reader, ref);

/** After a read of a moment that is not longer ago, others about the same company are likely. */
const recentMs = 60_000;

/**
 * The customer's records. Those of a large company are kept in memory, and serve reads of the past too as far as nothing has changed
 * since.
 */
async function loadCustomer(
  tenant: Tenant,
  query: ReadQuery,
  { reader, dependencies }: Pick<Snapshot, "reader"> & { dependencies: Set<string> },
  resolution: Resolved,
): Promise<Pick<LoadedCompany, "records" | "isKept">> {
  const { node, kind } = resolution;
  const rank = recordRank(tenant);
  // A person is read in a few queries.
  if (kind === "person") return { records: await loadRecords(reader, resolution, rank), isKept: false };
  const customers = loadedCustomersOf(tenant);
  if (query.at) {
    const current = await customers.loadAsOf(node, rank, query.at.sequence);
    if (current) return current;
    const records = await loadRecords(reader, resolution, rank);
    // The events of a company follow each other. A fault of the store shows in the next read.
    if (tenant.clock.now() - query.at.instant < recentMs) void customers.keep(node, rank, records).catch(() => {});
    return { records, isKept: false };
  }
  const company = await customers.load(node, rank);
  for (const dependency of company.dependencies) dependencies.add(dependency);
  return company;
}

/** The snapshot after a round of fetches. The store is read again only when a fetch brought something new. */
async function readAgain(
  tenant: Tenant,
  query: ReadQuery,
  snapshot: Snapshot,
  outcomes: readonly FetchOutcome[],
  deadline: number,
): Promise<Snapshot> {
  const hasNewRecords = outcomes.some(hasRecords);
  // Observations are saved before the new snapshot is taken: they invalidate every answer that was read before.
  const resolution = hasNewRecords
    ? await resolveQuery(openSnapshotReader(tenant.log), query)
    : (snapshot.customer?.resolution ?? snapshot.resolution);
  const savesObservations = resolution.state === "resolved" && outcomes.some(isConclusive);
  if (savesObservations) await saveObservations(tenant, resolution.node, outcomes, deadline);
  return hasNewRecords || savesObservations ? await takeSnapshot(tenant, query) : snapshot;
}

/** A slow or lost store must not delay the answer: it then shows the previous age of the values. */
async function saveObservations(
  tenant: Tenant,
  node: string,
  outcomes: readonly FetchOutcome[],
  deadline: number,
): Promise<void> {
  const saving = recordObservations(tenant, node, outcomes.filter(isConclusive)).catch((error: unknown) => {
    if (!(error instanceof StoreLostError)) throw error;
  });
  await withDeadline(saving, tenant.clock, deadline);
}

async function answer(
  tenant: Tenant,
  fetcher: Fetcher,
  query: ReadQuery,
  snapshot: Snapshot,
  rounds: Rounds,
): Promise<ContextReading> {
  const { reader, generation, dependencies, customer } = snapshot;
  const { ref, rights, sections: sectionNames } = query;
  const lookups = rounds.lookups ?? [];
  const outcomes = [...(rounds.refetches ?? []), ...lookups];
  const now = nowOf(tenant, query);
  if (!customer) {
    const match = await unresolvedMatch(tenant, query, snapshot, outcomes);
    const kind = kindOf(tenant, ref, snapshot.resolution);
    const context = composeWithout({ tenant, ref: ref.ref, kind, match, rights, now });
    const usedPlatform = outcomes.some(({ isLocal }) => isLocal !== true);
    const end = retryAt(match.partial, now);
    const times = { readAt: now, validUntil: end, ttlMs: end - now };
    return { context, subject: null, generation, dependencies, usedPlatform, ...times };
  }
  const { records, resolution, isKept } = customer;
  const recentFailures = query.at ? [] : recentFailuresOf(tenant, fetcher, records.node, outcomes);
  const states = withFetchProblems(customer.states, outcomes, recentFailures, now);
  const sources = new Map([...states].map(([name, connectionStates]) => [name, mergeStates(connectionStates, records)]));
  const match: Match = {
    state: "resolved",
    partial: lookups.some(isFailure),
    ...(await matchReasons(reader, ref, records, resolution)),
    candidates: [],
    searched: searched(lookups, ref),
  };
  const context = await compose({
    tenant,
    reader,
    ref: ref.ref,
    match,
    records,
    sources,
    requested: sectionNames,
    rights,
    now,
    isKept,
  });
  const isDegraded = outcomes.some(isFailure) || recentFailures.length > 0;
  const shownSections = neededSections(tenant.sections, sectionNames).map(({ name, dataClass = "reference" }) => ({
    dataClass,
    freshUntil: sources.get(name)?.freshUntil ?? null,
  }));
  return {
    context,
    subject: records.node,
    readAt: now,
    ttlMs: answerTtl(tenant, shownSections, now),
    generation,
    dependencies,
    usedPlatform: outcomes.some(({ outcome, isLocal }) => outcome !== "not_found" && isLocal !== true),
    validUntil: isDegraded ? retryAt(true, now) : validUntil(tenant, [...sources.values()], now),
  };
}

/** Failures of earlier fetches that the answer shows. Those of this answer are remembered for the next ones. */
function recentFailuresOf(
  { connections, log }: Tenant,
  { recentFailures }: Fetcher,
  node: string,
  outcomes: readonly FetchOutcome[],
): FetchOutcome[] {
  const hasNew = recentFailures.record(node, outcomes);
  for (const { connection } of hasNew ? outcomes.filter(isFailure) : []) log.invalidate(scopeKey({ log }, connection, node));
  const fetched = new Set(outcomes.map(({ connection }) => connection));
  return recentFailures.list(
    node,
    connections.filter((connection) => !fetched.has(connection)),
  );
}

async function unresolvedMatch(
  tenant: Tenant,
  { ref }: ReadQuery,
  { reader, resolution }: Snapshot,
  outcomes: readonly FetchOutcome[],
): Promise<Match> {
  const match = {
    partial: outcomes.some(isFailure),
    confidence: null,
    reasons: [],
    searched: searched(outcomes, ref),
  };
  if (resolution.state !== "ambiguous") return { ...match, state: "none", candidates: [] };
  const precedence = { rank: recordRank(tenant), rules: tenant.config.identity.survivorship };
  const candidates = await loadCandidates(reader, resolution, precedence);
  return { ...match, state: "ambiguous", candidates };
}

const searchStates = {
  found: "found",
  partial: "found",
  not_found: "not_found",
  timed_out: "unavailable",
  failed: "unavailable",
} as const;

function searched(outcomes: readonly FetchOutcome[], ref: ParsedRef): Searched[] {
  const refKind = ref.kind === "object" ? "id" : ref.kind;
  return outcomes.map(({ connection, at, outcome }) => ({
    platform: connection.platform.name,
    by: refKind,
    at: new Date(at).toISOString(),
    state: searchStates[outcome],
  }));
}

function kindOf(tenant: Tenant, ref: ParsedRef, resolution: Resolution): Context["kind"] {
  if (resolution.state !== "none") return resolution.kind;
  if (ref.kind === "object")
    return tenant.platforms.get(ref.platform)?.objects[ref.object]?.kind === "company" ? "company" : "person";
  return ref.kind === "company" || ref.kind === "domain" ? "company" : "person";
}

const loadedCustomers = new WeakMap<Tenant, LoadedCustomers>();

/** One configuration of a tenant has its own: the order of its connections is the precedence of records. */
function loadedCustomersOf(tenant: Tenant): LoadedCustomers {
  const customers = loadedCustomers.get(tenant) ?? createLoadedCustomers(tenant.log);
  loadedCustomers.set(tenant, customers);
  return customers;
}

const nowOf = ({ clock }: Tenant, { at }: ReadQuery): number => at?.instant ?? clock.now();
