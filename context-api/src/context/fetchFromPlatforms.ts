import { randomUUID } from "node:crypto";
import type { Clock } from "@sidelight/model/clock.ts";
import type { Edge, RecordInput } from "@sidelight/model/records.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { CallOptions, Lookup } from "@sidelight/platform-kit/platform.ts";
import { singleFlight } from "@sidelight/platform-kit/singleFlight.ts";
import type { Connection } from "../connections/connections.ts";
import { currentData } from "../log/reader.ts";
import type { Tenant } from "./tenant.ts";

/** A fetch is aborted after this long, also when no reader waits for it any more. */
const fetchTimeoutMs = 8_000;

/** What to fetch from one connection. */
export interface PlannedFetch {
  connection: Connection;
  /** Equal fetches that run at the same time share one call. */
  name: string;
  /** Customers to fetch by their refs on this connection. Searched by `lookups` when there are none. */
  refs: readonly string[];
  lookups: readonly Lookup[];
}

/**
 * Outcome of a fetch. `at` is when it started, epoch ms. `partial`: records were fetched, but not everything that the connection's
 * sections show of the customer.
 */
export type FetchOutcome =
  | { connection: Connection; at: number; outcome: "found" | "partial" | "not_found" | "timed_out" }
  | { connection: Connection; at: number; outcome: "failed"; error: PlatformError };

export const hasRecords = ({ outcome }: FetchOutcome): boolean => outcome === "found" || outcome === "partial";
/** True when the connection returned everything it holds about the customer. */
export const isConclusive = ({ outcome }: FetchOutcome): boolean => outcome === "found" || outcome === "not_found";
export const isFailure = ({ outcome }: FetchOutcome): boolean => outcome === "timed_out" || outcome === "failed";

interface FetchResult {
  outcome: "found" | "partial" | "not_found";
  at: number;
}

interface FetchedRecords {
  records: RecordInput[];
  /** True when these are all records that the connection's sections show of the customer. */
  isComplete: boolean;
}

/** Fetches under way, by connection and name. */
export type PendingFetches = ReturnType<typeof singleFlight<FetchResult>>;
export const createPendingFetches = (): PendingFetches => singleFlight<FetchResult>();

/** Runs the fetches in parallel. Fetched records are durable before it resolves. @param deadline epoch ms */
export async function fetchFromPlatforms(
  tenant: Tenant,
  pending: PendingFetches,
  fetches: readonly PlannedFetch[],
  deadline: number,
): Promise<FetchOutcome[]> {
  return await Promise.all(fetches.map((fetch) => fetchOne(tenant, pending, fetch, deadline)));
}

async function fetchOne(tenant: Tenant, pending: PendingFetches, fetch: PlannedFetch, deadline: number): Promise<FetchOutcome> {
  const { connection, name } = fetch;
  const at = tenant.clock.now();
  const { failure } = connection.health();
  if (connection.isCircuitOpen() && failure) {
    const error = new PlatformError(failure.code, connection.platform.name, failure.message, { retryAt: failure.retryAt });
    return { connection, at, outcome: "failed", error };
  }
  const work = pending(`${connection.id}\n${name}`, () => fetchAndCommit(tenant, fetch, at));
  const result = await withDeadline(work, tenant.clock, deadline);
  if (result === timedOut) return { connection, at, outcome: "timed_out" };
  if (result instanceof PlatformError) return { connection, at, outcome: "failed", error: result };
  return { connection, ...result };
}

async function fetchAndCommit(tenant: Tenant, fetch: PlannedFetch, at: number): Promise<FetchResult> {
  const { connection, refs } = fetch;
  const call: CallOptions = { priority: "interactive", signal: AbortSignal.timeout(fetchTimeoutMs) };
  try {
    const { records, isComplete } =
      refs.length > 0
        ? await refetch(tenant, connection, [...refs], call)
        : await search(tenant, connection, fetch.lookups, call);
    connection.recordSuccess();
    await tenant.log.commit({ records, correlationId: `read-${randomUUID()}` });
    return { outcome: records.length === 0 ? "not_found" : isComplete ? "found" : "partial", at };
  } catch (error) {
    if (error instanceof PlatformError) connection.recordFailure(error);
    throw error;
  }
}

async function refetch(tenant: Tenant, { connector }: Connection, refs: string[], call: CallOptions): Promise<FetchedRecords> {
  return { records: await connector.refetch(refs, call, (read) => currentData(tenant.log, read)), isComplete: true };
}

/** Looks a customer up, and fetches everything about customers that are not in the store. The pulls keep the others complete. */
async function search(
  tenant: Tenant,
  connection: Connection,
  lookups: readonly Lookup[],
  call: CallOptions,
): Promise<FetchedRecords> {
  const readCurrent = (refs: string[]) => currentData(tenant.log, refs);
  const searchResults = (
    await Promise.all(lookups.map((lookup) => connection.connector.lookup(lookup, call, readCurrent)))
  ).flat();
  const matches = searchResults.filter((r) => r.data.kind === "person" || r.data.kind === "company").map((r) => r.ref);
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

const timedOut = Symbol("timedOut");

/** The result, the platform's error, or `timedOut` at the deadline. The work goes on for the next reader. */
async function withDeadline<T>(work: Promise<T>, clock: Clock, deadline: number): Promise<T | PlatformError | typeof timedOut> {
  const result = work.catch((error: unknown) => (error instanceof PlatformError ? error : Promise.reject(error)));
  result.catch(() => {});
  const cancelTimeout = new AbortController();
  const timeout = clock.sleep(Math.max(0, deadline - clock.now()), cancelTimeout.signal).then((): typeof timedOut => timedOut);
  timeout.catch(() => {});
  try {
    return await Promise.race([result, timeout]);
  } finally {
    cancelTimeout.abort();
  }
}
