import type { ConnectionStatus } from "@sidelight/contracts/connections/connection.ts";
import type { Connection } from "../../connections/connections.ts";
import { type ArrivalCounts, countArrivals } from "../../store/tables/events.ts";
import type { StreamProgress } from "../../sync/runner.ts";
import { isoOrNull } from "../instant.ts";
import { defineService, type ServiceContext } from "../service.ts";

/** All connections of the tenant. */
export const listConnections = defineService(
  "key",
  async ({ served: { tenant, syncs } }: ServiceContext, _input: Record<never, never>): Promise<ConnectionStatus[]> => {
    const now = tenant.clock.now();
    const arrivals = await countArrivals(tenant.log.store, now);
    return tenant.connections.map((connection) =>
      view(connection, syncs.get(connection.id)?.progress() ?? [], arrivals.get(connection.id), now),
    );
  },
);

function view(
  connection: Connection,
  progress: StreamProgress[],
  arrivals: ArrivalCounts | undefined,
  now: number,
): ConnectionStatus {
  const { lastSuccessAt, failingSince, failure } = connection.health();
  const isPulled = connection.connector.streams.length > 0;
  const oldest = oldestCoverage(progress);
  return {
    id: connection.id,
    platform: connection.platform.name,
    environment: connection.environment,
    state: stateOf(failure, progress),
    summary: isPulled ? pullSummary(lastSuccessAt, now) : webhookSummary(lastSuccessAt, now),
    lastSuccessAt: isoOrNull(lastSuccessAt),
    failingSince: isoOrNull(failingSince),
    problem: failure?.message ?? null,
    lagSeconds: oldest === null ? null : Math.round((now - oldest) / 1000),
    webhooks: {
      lastReceivedAt: isoOrNull(arrivals?.lastReceivedAt ?? null),
      lastDay: arrivals?.webhookEvents ?? 0,
      foundByPulls: arrivals?.pulledEvents ?? 0,
    },
    quota: Object.fromEntries(
      Object.entries(connection.rateLimiter.left()).map(([name, { limit, remaining, windowMs }]) => [
        name,
        { limit, remaining, windowSeconds: windowMs / 1000 },
      ]),
    ),
    streams: progress.map(({ stream, complete, records, coveredUntil, lastPullAt }) => ({
      name: stream,
      complete,
      records,
      coveredUntil: isoOrNull(coveredUntil),
      lastPullAt: isoOrNull(lastPullAt),
    })),
  };
}

function stateOf(failure: ReturnType<Connection["health"]>["failure"], progress: StreamProgress[]): ConnectionStatus["state"] {
  if (failure) return failure.code === "invalid_credentials" ? "invalid_credentials" : "failing";
  return progress.every((stream) => stream.complete) ? "ok" : "backfilling";
}

/** Null while a stream's coverage is unknown. */
function oldestCoverage(progress: StreamProgress[]): number | null {
  const coverage = progress.flatMap((stream) => stream.coveredUntil ?? []);
  return coverage.length > 0 && coverage.length === progress.length ? Math.min(...coverage) : null;
}

const pullSummary = (lastSuccessAt: number | null, now: number): string =>
  lastSuccessAt === null ? "no success yet" : `last success ${ago(lastSuccessAt, now)}`;

/** A connection that is not pulled cannot be late: no webhook since the start is no failure. */
const webhookSummary = (lastReceivedAt: number | null, now: number): string =>
  lastReceivedAt === null ? "receives events" : `last received ${ago(lastReceivedAt, now)}`;

function ago(instant: number, now: number): string {
  const minutes = Math.floor((now - instant) / 60_000);
  if (minutes < 1) return "just now";
  return minutes < 120 ? `${minutes} ${minutes === 1 ? "minute" : "minutes"} ago` : `${Math.floor(minutes / 60)} hours ago`;
}
