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
import { boundMessage } from "./boundMessage.ts";
import { commitMessages } from "./commitMessages.ts";
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
    const startedAt = clock.monotonic();
    const end = new AbortController();
    clearProblemWhenSteady(deps, AbortSignal.any([signal, end.signal]));
    try {
      await subscribeOnce(deps, signal);
      // Without a wait, a connector that returns early would be called in a loop.
      if (!signal.aborted) throw new PlatformError("unavailable", connection.platform.name, "The change events ended.");
    } catch (error) {
      if (signal.aborted) return;
      if (clock.monotonic() - startedAt > steadyMs) backoff.reset();
      recordProblem(deps, error);
      const code = error instanceof PlatformError ? error.code : undefined;
      const retryInMs = Math.round(Math.max(backoff.next(), code === "rejected" ? rejectedRetryMs : 0));
      logger.warn({ err: error, ...fields, code, retryInMs }, "change events ended; subscribing again");
      end.abort();
      await clock.sleep(retryInMs, signal).catch(() => {});
    } finally {
      end.abort();
    }
  }
}

/** A subscription may be silent, so only time shows that it works. */
function clearProblemWhenSteady({ connection, clock }: SubscriptionDeps, signal: AbortSignal): void {
  const steady = clock.sleep(steadyMs, signal).then(() => {
    connection.subscriptionProblem = null;
    connection.hasSubscribed = true;
  });
  steady.catch(() => {});
}

function recordProblem({ connection, clock }: SubscriptionDeps, error: unknown): void {
  const previous = connection.subscriptionProblem;
  connection.subscriptionProblem = {
    message: error instanceof PlatformError ? error.message : "An unexpected error. The log has the reason.",
    nextAction: error instanceof PlatformError ? error.nextAction : null,
    failures: (previous?.failures ?? 0) + 1,
    since: previous?.since ?? clock.now(),
  };
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
      connection.subscriptionProblem = null;
      connection.hasSubscribed = true;
    },
    onGap(streams) {
      logger.info({ tenant: log.tenant, connection: connection.id, streams }, "change events were missed; pulling the streams");
      for (const name of streams) sync.pullNow(name);
    },
  });

  async function append(messages: Message[], statements: Statement[]): Promise<void> {
    const now = clock.now();
    const usable = messages.map((message) => boundMessage(message, now)).filter((message) => message.kind === "event");
    const stages = { verifiedAt: now, parsedAt: now, wall: Date.now() };
    const context = { correlationId: `changes-${randomUUID()}`, receivedAt: now, stages };
    const events = await commitMessages(log, usable, context, { statements });
    connection.recordReports(usable.map(({ event }) => event.object));
    for (const [i, { refsToFetch = [] }] of usable.entries())
      if (events[i]?.isDuplicate === false) followUps.add(connection, refsToFetch);
  }
}

function replayOf(position: unknown): number | null {
  const { replay } = (position ?? {}) as { replay?: unknown };
  return typeof replay === "number" ? replay : null;
}
