import { type KeyObject, randomUUID } from "node:crypto";
import { entryLimit } from "@sidelight/model/entryLimit.ts";
import type { Edge, RecordInput } from "@sidelight/model/records.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { CallOptions, Lookup } from "@sidelight/platform-kit/platform.ts";
import { singleFlight } from "@sidelight/platform-kit/singleFlight.ts";
import { LRUCache } from "lru-cache";
import type { Connection } from "../connections/connections.ts";
import { currentData } from "../log/reader.ts";
import { StoreLostError } from "../log/writer/errors.ts";
import type { LimitState } from "../resilience/requestLimit.ts";
import type { EncodedResult } from "../resilience/sharedFlight.ts";
import { createSharedRequestLimit, type SharedRequestLimit } from "../resilience/sharedRequestLimit.ts";
import { type SealContext, seal, unseal } from "../security/seal.ts";
import { timedOut, withDeadline } from "./deadline.ts";
import type { FetchOutcome } from "./fetchOutcome.ts";
import { createRecentFailures, type RecentFailures } from "./recentFailures.ts";
import type { Tenant } from "./tenant.ts";

/**
 * A fetch is aborted after this long, also when no reader waits for it any more. Longer than one call may take, so that a platform
 * that does not answer is seen as such.
 */
const fetchTimeoutMs = 12_000;
/** A platform that had less time than this to answer is not late: the time went elsewhere. */
const minPatienceMs = 250;
/** A search without a match is not repeated for this long. A webhook or pull brings a customer that is created then. */
const notFoundMs = 300_000;
/** A process whose read of the store began before another process had fetched uses that fetch. */
const recentMs = 2_000;
/** Remembered searches without a match. */
const maxNotFound = 20_000;

/** What to fetch from one connection. */
export interface PlannedFetch {
  connection: Connection;
  /** Equal fetches that run at the same time share one call. */
  name: string;
  /** The customer is not in the store. */
  isSearch?: boolean;
  /** A caller requested it, whatever the age of the records. */
  isRefresh?: boolean;
  /** Customers to fetch by their refs on this connection. Searched by `lookups` when there are none. */
  refs: readonly string[];
  lookups: readonly Lookup[];
}

interface FetchResult {
  outcome: "found" | "partial" | "not_found";
  at: number;
  hasDeletions: boolean;
  /** The last sequence of the tenant's log after its records were appended. */
  head: number;
}

interface FetchedRecords {
  records: RecordInput[];
  /** True when these are all records that the connection's sections show of the customer. */
  isComplete: boolean;
}

/** What the fetches of one tenant share. */
export interface Fetcher {
  /** Fetches under way, by connection and name. */
  pending: ReturnType<typeof singleFlight<FetchResult>>;
  /** When a connection last had no match, by connection and name. `at` is the instant to show, `endsAt` by the monotonic clock. */
  notFound: LRUCache<string, { at: number; endsAt: number }>;
  searchLimit: SharedRequestLimit;
  recentFailures: RecentFailures;
}

export const createFetcher = ({ id, clock, config, shared }: Pick<Tenant, "id" | "clock" | "config" | "shared">): Fetcher => ({
  pending: singleFlight<FetchResult>(),
  notFound: new LRUCache(entryLimit(maxNotFound)),
  searchLimit: createSharedRequestLimit({ kind: `searches:${id}`, limit: config.searchesPerMinute, shared, clock }),
  recentFailures: createRecentFailures(clock),
});

export interface SearchOptions {
  /** By the monotonic clock. */
  deadline: number;
  /** Who causes the search, for its limit; null for a search of our own. */
  searcher: string | null;
  /** Searches again where there was no match a short time ago. */
  isForced: boolean;
}

/**
 * Searches for a customer that is not in the store. A connection without a match is remembered, and each searcher may cause a number
 * of searches a minute: invented addresses must not use up the quotas. Above it, the answer is that the platforms were not searched.
 */
export async function searchPlatforms(
  tenant: Tenant,
  fetcher: Fetcher,
  fetches: readonly PlannedFetch[],
  { deadline, searcher, isForced }: SearchOptions,
): Promise<FetchOutcome[]> {
  const now = tenant.clock.now();
  const rememberedOutcomes = new Map<PlannedFetch, FetchOutcome>();
  for (const fetch of isForced ? [] : fetches) {
    const match = fetcher.notFound.get(keyOf(fetch));
    if (match === undefined || tenant.clock.monotonic() >= match.endsAt) continue;
    tenant.counters.countSaved(tenant.id, "not_found");
    rememberedOutcomes.set(fetch, { connection: fetch.connection, at: match.at, outcome: "not_found", isLocal: true });
  }
  const searches = fetches.filter((fetch) => !rememberedOutcomes.has(fetch));
  const limit = searches.length > 0 && searcher !== null ? await fetcher.searchLimit.take(searcher) : null;
  const outcomes =
    limit?.isAllowed === false
      ? searches.map((fetch) => notSearched(fetch, now, limit))
      : await fetchFromPlatforms(tenant, fetcher, searches, deadline);
  for (const [i, fetch] of searches.entries())
    if (outcomes[i]?.outcome === "not_found")
      fetcher.notFound.set(keyOf(fetch), { at: outcomes[i].at, endsAt: tenant.clock.monotonic() + notFoundMs });
  return fetches.flatMap((fetch) => rememberedOutcomes.get(fetch) ?? outcomes[searches.indexOf(fetch)] ?? []);
}

function notSearched({ connection }: PlannedFetch, instant: number, { limit, resetSeconds }: LimitState): FetchOutcome {
  const message = `This API key may search for ${limit} customers a minute that are not in the store.`;
  const error = new PlatformError("quota_exhausted", connection.platform.name, message, {
    retryAt: instant + resetSeconds * 1000,
  });
  return { connection, at: instant, outcome: "failed", error, isLocal: true };
}

const keyOf = ({ connection, name }: PlannedFetch): string => `${connection.id}\n${name}`;

/** Runs the fetches in parallel. Fetched records are durable before it resolves. @param deadline by the monotonic clock */
export async function fetchFromPlatforms(
  tenant: Tenant,
  fetcher: Pick<Fetcher, "pending">,
  fetches: readonly PlannedFetch[],
  deadline: number,
): Promise<FetchOutcome[]> {
  return await Promise.all(fetches.map((fetch) => fetchOne(tenant, fetcher, fetch, deadline)));
}

async function fetchOne(
  tenant: Tenant,
  { pending }: Pick<Fetcher, "pending">,
  fetch: PlannedFetch,
  deadline: number,
): Promise<FetchOutcome> {
  const { connection } = fetch;
  const instant = tenant.clock.now();
  const startedAt = tenant.clock.monotonic();
  const progress = { hasAnswered: false };
  const work = pending(keyOf(fetch), () => fetchInOneProcess(tenant, fetch, instant, progress));
  if (!progressOf.has(work)) progressOf.set(work, progress);
  const outcome = work.then(
    ({ outcome: found, at, hasDeletions }): FetchOutcome => ({ connection, outcome: found, at, hasDeletions }),
    (error: unknown): FetchOutcome => {
      if (error instanceof PlatformError) return { connection, at: instant, outcome: "failed", error };
      // A stored customer is answered without the writer, at the age that the store has. A new one could not be.
      if (error instanceof StoreLostError && !fetch.isSearch)
        return { connection, at: instant, outcome: "timed_out", isPlatformLate: false };
      throw error;
    },
  );
  const result = await withDeadline(outcome, tenant.clock, deadline);
  if (result !== timedOut) return result;
  // When the store is slow, our own rate limit delays the call, or an earlier round used up the time, the platform is not the cause.
  const hadTime = deadline - startedAt >= minPatienceMs && !connection.isThrottled();
  return {
    connection,
    at: instant,
    outcome: "timed_out",
    isPlatformLate: hadTime && progressOf.get(work)?.hasAnswered === false,
  };
}

/** Progress of the fetches under way. Readers share a fetch. */
const progressOf = new WeakMap<Promise<FetchResult>, { hasAnswered: boolean }>();

/** Runs the fetch in one process, however many need it now. The others find its records in the store. */
async function fetchInOneProcess(
  tenant: Tenant,
  fetch: PlannedFetch,
  instant: number,
  progress: { hasAnswered: boolean },
): Promise<FetchResult> {
  const { flights, shared, log } = tenant;
  const name = log.identifier("fetch", keyOf(fetch));
  const sealContext = { tenant: log.tenant, table: "flights", id: name };
  return await flights.run<FetchResult>({
    name,
    neededSince: shared.now(),
    mayReuse: fetch.isRefresh !== true,
    run: () => fetchAndCommit(tenant, fetch, instant, progress),
    encode(result): EncodedResult | null {
      const sharedResult = sharedResultOf(result);
      if (!sharedResult) return null;
      const isNotFound = fetch.isSearch === true && "outcome" in sharedResult && sharedResult.outcome === "not_found";
      const text = seal(log.keys.key, sealContext, JSON.stringify(sharedResult)).toString("base64");
      return { text, reusableMs: isNotFound ? notFoundMs : recentMs };
    },
    async decode(text) {
      const result = unsealed<SharedResult>(log.keys.key, sealContext, text);
      if (!result) return null;
      progress.hasAnswered = true;
      tenant.counters.countSaved(log.tenant, "other_process");
      if ("code" in result) throw new PlatformError(result.code, fetch.connection.platform.name, result.message, result);
      await log.whenProjected(result.head);
      return result;
    },
  });
}

/** Null for what this tenant did not seal: Redis may hold anything. */
function unsealed<T>(key: KeyObject, sealContext: SealContext, text: string): T | null {
  try {
    return JSON.parse(unseal(key, sealContext, Buffer.from(text, "base64")).toString()) as T;
  } catch {
    return null;
  }
}

/** What other processes need of a result. */
type SharedResult =
  | FetchResult
  | (Pick<PlatformError, "code" | "message" | "retryAt" | "nextAction"> & { isPlatformFault: false });

function sharedResultOf(result: PromiseSettledResult<FetchResult>): SharedResult | null {
  if (result.status === "fulfilled") return result.value;
  const error: unknown = result.reason;
  // A call that was not sent is refused as fast in every process.
  if (!(error instanceof PlatformError) || error.isNotSent) return null;
  const { code, message, retryAt, nextAction } = error;
  return { code, message, retryAt, nextAction, isPlatformFault: false };
}

async function fetchAndCommit(
  tenant: Tenant,
  fetch: PlannedFetch,
  instant: number,
  progress: { hasAnswered: boolean },
): Promise<FetchResult> {
  const { connection, refs, isSearch, isRefresh } = fetch;
  const onDemand = isSearch ? "search" : isRefresh ? "refresh" : undefined;
  const call: CallOptions = { priority: "interactive", signal: AbortSignal.timeout(fetchTimeoutMs), onDemand };
  const { records, isComplete } =
    refs.length > 0 ? await refetch(tenant, connection, [...refs], call) : await search(tenant, fetch, call);
  progress.hasAnswered = true;
  const { head } = await tenant.log.commit({ records, correlationId: `read-${randomUUID()}` });
  const isGone = records.every((record) => record.deleted);
  const hasDeletions = records.some((record) => record.deleted);
  return { outcome: isGone ? "not_found" : isComplete ? "found" : "partial", at: instant, hasDeletions, head };
}

async function refetch(tenant: Tenant, { connector }: Connection, refs: string[], call: CallOptions): Promise<FetchedRecords> {
  return { records: await connector.refetch(refs, call, (read) => currentData(tenant.log, read)), isComplete: true };
}

/** Looks a customer up, and fetches everything about customers that are not in the store. The pulls keep the others complete. */
async function search(tenant: Tenant, { connection, lookups }: PlannedFetch, call: CallOptions): Promise<FetchedRecords> {
  const readCurrent = (refs: string[]) => currentData(tenant.log, refs);
  const lookUp = (lookup: Lookup) => connection.connector.lookup(lookup, call, readCurrent);
  const searchResults = (await Promise.all(lookups.map(lookUp))).flat();
  const matches = searchResults
    .filter((r) => !r.deleted && (r.data.kind === "person" || r.data.kind === "company"))
    .map((r) => r.ref);
  const targets = searchResults.flatMap((r) => r.edges.filter((e) => customerEdges.has(e.rel)).map((e) => e.to));
  const customers = [...new Set([...matches, ...targets])];
  const storedRecords = await readCurrent(customers);
  const unknown = customers.filter((ref) => !storedRecords.has(ref));
  if (unknown.length === 0) return { records: searchResults, isComplete: customers.length === 0 };
  const { records } = await refetch(tenant, connection, unknown, call);
  return { records: [...searchResults, ...records], isComplete: unknown.length === customers.length };
}

/** Edges that lead from a record to its customers. */
const customerEdges: ReadonlySet<Edge["rel"]> = new Set([
  "account",
  "organization",
  "requester",
  "person",
  "user",
  "merged_into",
]);
