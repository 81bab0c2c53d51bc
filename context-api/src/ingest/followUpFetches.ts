import { randomUUID } from "node:crypto";
import type { Clock } from "@sidelight/model/clock.ts";
import { entryLimit } from "@sidelight/model/entryLimit.ts";
import type { RecordInput } from "@sidelight/model/records.ts";
import { splitRef } from "@sidelight/model/refs.ts";
import { adaptToQuota, scarcestPart } from "@sidelight/platform-kit/adaptiveBatch.ts";
import { exponentialBackoff } from "@sidelight/platform-kit/backoff.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { CallOptions, PullContext } from "@sidelight/platform-kit/platform.ts";
import { LRUCache } from "lru-cache";
import type { Connection } from "../connections/connections.ts";
import type { TenantLog } from "../log/log.ts";
import type { Logger } from "../telemetry/logger.ts";

/** Fetches the objects that a webhook names without containing them. */
export interface FollowUps {
  add(connection: Connection, refs: readonly string[]): void;
  /** The same for those that the store does not contain. It is looked up later, for many webhooks at once. */
  addAbsent(connection: Connection, refs: readonly string[]): void;
  /** Resolves when every fetch added so far has ended. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Webhooks of one action arrive together and name the same objects, so they share one call. While little of a quota is left, more of
 * them do.
 */
const batchWindowMs = { ample: 150, scarce: 3_000 };
const maxBatch = 100;
/** The limit is reached only in a long outage. Pulls bring the rest afterwards. */
const maxWaiting = 10_000;
const firstRetryMs = 1_000;
const maxRetryMs = 60_000;
/** Refs that the store contains. At worst a record that was erased later is not fetched again, which is right. */
const maxStoredRefs = 50_000;

export interface FollowUpDeps {
  log: TenantLog;
  clock: Clock;
  logger: Logger;
  readCurrent: PullContext["readCurrent"];
  /** Those of the refs that the store contains. */
  storedRefs(refs: readonly string[]): Promise<ReadonlySet<string>>;
}

const isBlocked = ({ circuits, pausedAt }: Connection): boolean => circuits.of("read").state() === "open" || pausedAt !== null;

/** The queue is in memory. What a crash loses, the next pull brings. */
export function createFollowUps(deps: FollowUpDeps): FollowUps {
  const queues = new Map<Connection, Set<string>>();
  /** Refs that are fetched if the store does not contain them. */
  const candidates = new Map<Connection, Set<string>>();
  const storedRefs = new LRUCache<string, true>(entryLimit(maxStoredRefs));
  const runs = new Map<Connection, Promise<void>>();
  const stopping = new AbortController();

  async function drain(connection: Connection): Promise<void> {
    for (;;) {
      if (stopping.signal.aborted || !hasWork(connection)) return;
      // While the circuit is open, do not call the platform for every object.
      do await deps.clock.sleep(batchWindowOf(connection), stopping.signal).catch(() => {});
      while (isBlocked(connection) && !stopping.signal.aborted);
      if (stopping.signal.aborted) return;
      await addAbsentCandidates(connection);
      const refs = queues.get(connection) ?? new Set();
      const batch = [...refs.values().take(maxBatch)];
      for (const ref of batch) refs.delete(ref);
      if (batch.length > 0) await fetchAndCommit(connection, batch, stopping.signal, deps);
    }
  }

  /** A fault that no fetch explains must neither end the process nor repeat at once. */
  async function drainWithRetries(connection: Connection): Promise<void> {
    const backoff = exponentialBackoff(firstRetryMs, maxRetryMs);
    while (!stopping.signal.aborted && hasWork(connection)) {
      try {
        await drain(connection);
      } catch (error) {
        const retryInMs = Math.round(backoff.next());
        const place = { tenant: deps.log.tenant, connection: connection.id };
        deps.logger.error({ err: error, ...place, retryInMs }, "objects named by webhooks could not be fetched; trying again");
        await deps.clock.sleep(retryInMs, stopping.signal).catch(() => {});
      }
    }
  }

  const hasWork = (connection: Connection): boolean =>
    Boolean(queues.get(connection)?.size) || Boolean(candidates.get(connection)?.size);

  async function addAbsentCandidates(connection: Connection): Promise<void> {
    const refs = [...(candidates.get(connection) ?? [])];
    candidates.delete(connection);
    if (refs.length === 0) return;
    try {
      for (const ref of await deps.storedRefs(refs)) storedRefs.set(ref, true);
    } catch (error) {
      deps.logger.warn(
        { err: error, tenant: deps.log.tenant, connection: connection.id },
        "stored records could not be looked up",
      );
      return;
    }
    enqueue(
      queues,
      connection,
      refs.filter((ref) => !storedRefs.has(ref)),
    );
  }

  function start(connection: Connection): void {
    if (runs.has(connection) || stopping.signal.aborted) return;
    const run = drainWithRetries(connection).finally(() => {
      runs.delete(connection);
      // A ref may have been added after the loop ended.
      if (hasWork(connection)) start(connection);
    });
    runs.set(connection, run);
  }

  function addTo(waiting: Map<Connection, Set<string>>, connection: Connection, refs: readonly string[]): void {
    if (refs.length === 0 || stopping.signal.aborted) return;
    enqueue(waiting, connection, refs);
    start(connection);
  }

  return {
    add: (connection, refs) => addTo(queues, connection, refs),
    addAbsent: (connection, refs) =>
      addTo(
        candidates,
        connection,
        refs.filter((ref) => !storedRefs.has(ref)),
      ),
    async settled() {
      while (runs.size > 0) await Promise.all(runs.values());
    },
    async stop() {
      stopping.abort();
      await Promise.allSettled(runs.values());
    },
  };
}

/** The less is left of the quotas that readers share, the longer. */
const batchWindowOf = ({ rateLimiter }: Connection): number =>
  adaptToQuota(batchWindowMs, scarcestPart(Object.values(rateLimiter.left())));

function enqueue(waiting: Map<Connection, Set<string>>, connection: Connection, refs: readonly string[]): void {
  const queue = waiting.get(connection) ?? new Set();
  waiting.set(connection, queue);
  for (const ref of refs) if (queue.size < maxWaiting) queue.add(ref);
}

async function fetchAndCommit(connection: Connection, refs: string[], signal: AbortSignal, deps: FollowUpDeps): Promise<void> {
  const call: CallOptions = { priority: "webhook", signal };
  try {
    const records = await fetchRecords(connection, refs, call, deps.readCurrent);
    if (records.length > 0) await deps.log.commit({ records, correlationId: `follow-${randomUUID()}` });
  } catch (error) {
    if (signal.aborted) return;
    const code = error instanceof PlatformError ? error.code : undefined;
    deps.logger.warn(
      { err: error, tenant: deps.log.tenant, connection: connection.id, refs: refs.length, code },
      "objects named by webhooks could not be fetched; the next pull brings them",
    );
  }
}

async function fetchRecords(connection: Connection, refs: string[], call: CallOptions, readCurrent: PullContext["readCurrent"]) {
  const { connector } = connection;
  if (connector.fetch) return await connector.fetch(refs, call, readCurrent);
  const records: RecordInput[] = [];
  for (const ref of refs) {
    const { object, id } = splitRef(ref);
    records.push(...(await connector.lookup({ by: "id", object, id }, call, readCurrent)));
  }
  return records;
}
