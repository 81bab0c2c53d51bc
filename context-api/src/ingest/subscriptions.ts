import { randomUUID } from "node:crypto";
import type { Clock } from "@sidelight/model/clock.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { Message } from "@sidelight/platform-kit/webhook.ts";
import type { Connection } from "../connections/connections.ts";
import type { TenantLog } from "../log/log.ts";
import type { Statement } from "../store/statement.ts";
import { findSubscriptionPosition, saveSubscriptionPosition } from "../store/tables/subscriptionPositions.ts";
import type { Sync } from "../sync/runner.ts";
import { createSyncBackoff } from "../sync/syncBackoff.ts";
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

/** A subscription that lasted this long was healthy: the next failure counts as the first. */
const steadyMs = 60_000;
/** A rejected subscription needs a person to fix it, so retries are rare. */
const rejectedRetryMs = 300_000;
/** Messages per commit. The writer serves other tenants between two commits. */
const commitSize = 250;

/**
 * Subscribes to a platform's change events from the durable position, and resubscribes after a failure, until the signal is aborted.
 * Does nothing for a connection without a subscription. During an outage the pulls bring the same changes, only later.
 */
export async function runSubscription(deps: SubscriptionDeps, signal: AbortSignal): Promise<void> {
  const { connection, clock, logger, log } = deps;
  const fields = { tenant: log.tenant, connection: connection.id };
  const backoff = createSyncBackoff();
  while (connection.connector.subscribe && !signal.aborted) {
    const startedAt = clock.now();
    try {
      await subscribeOnce(deps, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (clock.now() - startedAt > steadyMs) backoff.reset();
      const code = error instanceof PlatformError ? error.code : undefined;
      const retryInMs = Math.round(Math.max(backoff.next(), code === "rejected" ? rejectedRetryMs : 0));
      logger.warn({ err: error, ...fields, code, retryInMs }, "change events ended; subscribing again");
      await clock.sleep(retryInMs, signal).catch(() => {});
    }
  }
}

async function subscribeOnce({ log, connection, sync, followUps, clock, logger }: SubscriptionDeps, signal: AbortSignal) {
  await connection.connector.subscribe?.({
    replay: replayOf(await findSubscriptionPosition(log.store, connection.id)),
    signal,
    async ingest(messages, replay) {
      const last = Math.max(0, Math.ceil(messages.length / commitSize) - 1);
      for (let chunk = 0; chunk <= last; chunk++) {
        const batch = messages.slice(chunk * commitSize, (chunk + 1) * commitSize);
        // The position moves with the last chunk: after a failure before it, the platform sends all of them again.
        const position = saveSubscriptionPosition(log.store, connection.id, { replay }, clock.now());
        const statements = chunk === last ? [position] : [];
        await append(batch, statements);
      }
    },
    onGap(streams) {
      logger.info({ tenant: log.tenant, connection: connection.id, streams }, "change events were missed; pulling the streams");
      for (const name of streams) sync.pullNow(name);
    },
  });

  async function append(messages: Message[], statements: Statement[]): Promise<void> {
    const usable = messages.filter((message) => message.kind === "event");
    const now = clock.now();
    const { events } = await log.commit({
      events: usable.map(({ event }) => event),
      statements,
      correlationId: `changes-${randomUUID()}`,
      receivedAt: now,
      stages: { verifiedAt: now, parsedAt: now, wall: Date.now() },
    });
    for (const [i, { refsToFetch = [] }] of usable.entries())
      if (events[i]?.isDuplicate === false) followUps.add(connection, refsToFetch);
  }
}

function replayOf(position: unknown): number | null {
  const { replay } = (position ?? {}) as { replay?: unknown };
  return typeof replay === "number" ? replay : null;
}
