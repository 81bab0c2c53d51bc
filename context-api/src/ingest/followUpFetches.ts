import { randomUUID } from "node:crypto";
import type { Clock } from "@sidelight/model/clock.ts";
import type { RecordInput } from "@sidelight/model/records.ts";
import { splitRef } from "@sidelight/model/refs.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { CallOptions, PullContext } from "@sidelight/platform-kit/platform.ts";
import type { Connection } from "../connections/connections.ts";
import type { TenantLog } from "../log/log.ts";
import type { Logger } from "../telemetry/logger.ts";

/** Asks platforms for what a webhook pointed at and didn't hold. */
export interface FollowUps {
  add(connection: Connection, refs: string[]): void;
  /** Resolves when everything that was added so far is done. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

/** Several webhooks of one action come within moments and point at the same objects: one call will do. */
const gatherMs = 150;
const most = 100;
/** More than this waits only when a platform is out for long; the pulls bring it afterwards. */
const mostWaiting = 10_000;

export interface FollowUpDeps {
  log: TenantLog;
  clock: Clock;
  logger: Logger;
  current: PullContext["current"];
}

/** In memory only: what a crash loses, the next pull brings. */
export function createFollowUps(deps: FollowUpDeps): FollowUps {
  const waiting = new Map<Connection, Set<string>>();
  const running = new Map<Connection, Promise<void>>();
  const stopping = new AbortController();

  async function drain(connection: Connection): Promise<void> {
    while (!stopping.signal.aborted && waiting.get(connection)?.size) {
      // A platform that is out is not asked again and again for each thing that it can't tell.
      do await deps.clock.sleep(gatherMs, stopping.signal).catch(() => {});
      while (connection.isResting() && !stopping.signal.aborted);
      const wanted = waiting.get(connection)!;
      const some = [...wanted.values().take(most)];
      for (const ref of some) wanted.delete(ref);
      await ask(connection, some, stopping.signal, deps);
    }
  }

  function start(connection: Connection): void {
    if (running.has(connection) || stopping.signal.aborted) return;
    const done = drain(connection).finally(() => {
      running.delete(connection);
      // Something may have been added after the last look.
      if (waiting.get(connection)?.size) start(connection);
    });
    running.set(connection, done);
  }

  return {
    add(connection, refs) {
      if (refs.length === 0 || stopping.signal.aborted) return;
      const wanted = waiting.get(connection) ?? new Set();
      waiting.set(connection, wanted);
      for (const ref of refs) if (wanted.size < mostWaiting) wanted.add(ref);
      start(connection);
    },
    async settled() {
      while (running.size > 0) await Promise.all(running.values());
    },
    async stop() {
      stopping.abort();
      await Promise.allSettled(running.values());
    },
  };
}

async function ask(connection: Connection, refs: string[], signal: AbortSignal, deps: FollowUpDeps): Promise<void> {
  const call: CallOptions = { lane: "webhook", signal };
  try {
    const records = await fetched(connection, refs, call, deps.current);
    connection.succeeded();
    if (records.length > 0) await deps.log.commit({ records, correlationId: `follow-${randomUUID()}` });
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof PlatformError) connection.failed(error);
    const code = error instanceof PlatformError ? error.code : undefined;
    deps.logger.warn(
      { err: error, tenant: deps.log.tenant, connection: connection.id, refs: refs.length, code },
      "what webhooks pointed at could not be fetched; the next pull brings it",
    );
  }
}

async function fetched(connection: Connection, refs: string[], call: CallOptions, current: PullContext["current"]) {
  const { connector } = connection;
  if (connector.fetch) return await connector.fetch(refs, call, current);
  const found: RecordInput[] = [];
  for (const ref of refs) {
    const { object, id } = splitRef(ref);
    found.push(...(await connector.lookup({ by: "id", object, id }, call, current)));
  }
  return found;
}
