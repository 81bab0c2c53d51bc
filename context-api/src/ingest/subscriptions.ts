import { randomUUID } from "node:crypto";
import type { Clock } from "@sidelight/model/clock.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { Message } from "@sidelight/platform-kit/webhook.ts";
import type { Connection } from "../connections/connections.ts";
import type { TenantLog } from "../log/log.ts";
import { type Checkpoint, loadCheckpoint, saveCheckpoint } from "../sync/checkpoints.ts";
import { backoff, type Sync } from "../sync/runner.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { FollowUps } from "./followUpFetches.ts";

export interface SubscriptionDeps {
  log: TenantLog;
  connection: Connection;
  sync: Pick<Sync, "pullNow">;
  followUps: Pick<FollowUps, "add">;
  clock: Clock;
  logger: Logger;
}

/** Where the position is kept, beside those of the pulls. */
const stream = { name: "change-events", objects: [] };
/** Whoever held on for so long was well: the next failure is the first, ms. */
const steadyMs = 60_000;
/** Who is told no waits for a person to change that, ms. */
const refusedMs = 300_000;
/** Messages a commit at most: the writer serves others between two of them. */
const commitSize = 250;

/**
 * Keeps listening to what a platform tells by itself, from the position that is durable, until the signal is aborted. A connection
 * whose settings don't ask for it is left alone. It may fail for as long as it likes: the pulls bring the same, only later.
 */
export async function keepSubscribed(deps: SubscriptionDeps, signal: AbortSignal): Promise<void> {
  const { connection, clock, logger, log } = deps;
  const about = { tenant: log.tenant, connection: connection.id };
  let failures = 0;
  while (connection.connector.subscribe && !signal.aborted) {
    const startedAt = clock.now();
    try {
      await listenOnce(deps, signal);
    } catch (error) {
      if (signal.aborted) return;
      failures = clock.now() - startedAt > steadyMs ? 0 : failures + 1;
      const code = error instanceof PlatformError ? error.code : undefined;
      const retryInMs = Math.round(Math.max(backoff(failures), code === "rejected" ? refusedMs : 0));
      logger.warn({ err: error, ...about, code, retryInMs }, "change events ended; listening again");
      await clock.sleep(retryInMs, signal).catch(() => {});
    }
  }
}

async function listenOnce({ log, connection, sync, followUps, clock, logger }: SubscriptionDeps, signal: AbortSignal) {
  const known = await loadCheckpoint(log.store, connection.id, stream);
  const first = { complete: true, records: 0, startedAt: clock.now(), coveredUntil: null };
  let checkpoint: Checkpoint = known ?? { ...first, state: null, updatedAt: clock.now() };
  await connection.connector.subscribe?.({
    replay: replayOf(known),
    signal,
    async deliver(messages, replay) {
      const last = Math.max(0, Math.ceil(messages.length / commitSize) - 1);
      for (let chunk = 0; chunk <= last; chunk++) {
        const some = messages.slice(chunk * commitSize, (chunk + 1) * commitSize);
        // The position moves with the last of them: whatever breaks off before comes again.
        if (chunk === last)
          checkpoint = {
            ...checkpoint,
            state: { replay },
            records: checkpoint.records + messages.length,
            updatedAt: clock.now(),
          };
        const statements = chunk === last ? [saveCheckpoint(log.store, connection.id, stream, checkpoint)] : [];
        await keep(some, statements);
      }
    },
    missed(streams) {
      logger.info({ tenant: log.tenant, connection: connection.id, streams }, "change events were missed; pulling");
      for (const name of streams) sync.pullNow(name);
    },
  });

  async function keep(messages: Message[], statements: ReturnType<typeof saveCheckpoint>[]): Promise<void> {
    const usable = messages.filter((message) => message.kind === "event");
    const now = clock.now();
    const { events } = await log.commit({
      events: usable.map(({ event }) => event),
      statements,
      correlationId: `changes-${randomUUID()}`,
      receivedAt: now,
      stages: { authenticatedAt: now, parsedAt: now, wall: Date.now() },
    });
    for (const [i, { fetch = [] }] of usable.entries()) if (events[i]?.isDuplicate === false) followUps.add(connection, fetch);
  }
}

function replayOf(checkpoint: Checkpoint | null): number | null {
  const state = checkpoint?.state as { replay?: unknown } | null | undefined;
  return typeof state?.replay === "number" ? state.replay : null;
}
