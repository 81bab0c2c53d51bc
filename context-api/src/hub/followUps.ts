import { randomUUID } from "node:crypto";
import type { TenantLog } from "../events/log.ts";
import type { Clock } from "../operations/clock.ts";
import type { Logger } from "../operations/logger.ts";
import type { Connection } from "../platforms/connections.ts";
import { PlatformError } from "../platforms/errors.ts";
import type { CallOptions, PullContext } from "../platforms/platform.ts";
import type { RecordInput } from "../platforms/records.ts";
import { splitRef } from "../platforms/refs.ts";

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
      await deps.clock.sleep(gatherMs, stopping.signal).catch(() => {});
      const all = [...(waiting.get(connection) ?? [])];
      waiting.set(connection, new Set(all.slice(most)));
      await ask(connection, all.slice(0, most), stopping.signal, deps);
    }
  }

  return {
    add(connection, refs) {
      if (refs.length === 0 || stopping.signal.aborted) return;
      waiting.set(connection, new Set([...(waiting.get(connection) ?? []), ...refs]));
      if (running.has(connection)) return;
      const done = drain(connection).finally(() => running.delete(connection));
      running.set(connection, done);
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
