import { randomUUID } from "node:crypto";
import type { Clock } from "@sidelight/model/clock.ts";
import type { RecordInput } from "@sidelight/model/records.ts";
import { splitRef } from "@sidelight/model/refs.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { CallOptions, PullContext } from "@sidelight/platform-kit/platform.ts";
import type { Connection } from "../connections/connections.ts";
import type { TenantLog } from "../log/log.ts";
import type { Logger } from "../telemetry/logger.ts";

/** Fetches the objects that a webhook names without containing them. */
export interface FollowUps {
  add(connection: Connection, refs: string[]): void;
  /** Resolves when every fetch added so far has ended. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

/** Webhooks of one action arrive together and name the same objects, so they share one call. */
const batchWindowMs = 150;
const maxBatch = 100;
/** The limit is reached only in a long outage. Pulls bring the rest afterwards. */
const maxWaiting = 10_000;

export interface FollowUpDeps {
  log: TenantLog;
  clock: Clock;
  logger: Logger;
  readCurrent: PullContext["readCurrent"];
}

/** The queue is in memory. What a crash loses, the next pull brings. */
export function createFollowUps(deps: FollowUpDeps): FollowUps {
  const queues = new Map<Connection, Set<string>>();
  const runs = new Map<Connection, Promise<void>>();
  const stopping = new AbortController();

  async function drain(connection: Connection): Promise<void> {
    for (;;) {
      const refs = queues.get(connection);
      if (stopping.signal.aborted || !refs?.size) return;
      // While the circuit is open, do not call the platform for every object.
      do await deps.clock.sleep(batchWindowMs, stopping.signal).catch(() => {});
      while (connection.circuits.of("read").state() === "open" && !stopping.signal.aborted);
      if (stopping.signal.aborted) return;
      const batch = [...refs.values().take(maxBatch)];
      for (const ref of batch) refs.delete(ref);
      await fetchAndCommit(connection, batch, stopping.signal, deps);
    }
  }

  function start(connection: Connection): void {
    if (runs.has(connection) || stopping.signal.aborted) return;
    const run = drain(connection).finally(() => {
      runs.delete(connection);
      // A ref may have been added after the loop ended.
      if (queues.get(connection)?.size) start(connection);
    });
    runs.set(connection, run);
  }

  return {
    add(connection, refs) {
      if (refs.length === 0 || stopping.signal.aborted) return;
      const queue = queues.get(connection) ?? new Set();
      queues.set(connection, queue);
      for (const ref of refs) if (queue.size < maxWaiting) queue.add(ref);
      start(connection);
    },
    async settled() {
      while (runs.size > 0) await Promise.all(runs.values());
    },
    async stop() {
      stopping.abort();
      await Promise.allSettled(runs.values());
    },
  };
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
