import type { ConnectionStatus } from "@sidelight/contracts/connections/connection.ts";
import type { CircuitFailure, CircuitStatus } from "../../connections/circuits.ts";
import type { Connection } from "../../connections/connections.ts";
import { type MonthlyUse, monthlyUse } from "../../deliveries/monthlyCap.ts";
import { type ArrivalCounts, countArrivals } from "../../store/tables/events.ts";
import { listPassedOver, type PassedOverRow } from "../../store/tables/passedOver.ts";
import type { ConnectionState } from "../../sync/connectionStates.ts";
import type { StreamProgress } from "../../sync/runner.ts";
import { circuitOpen } from "../alerts/rules/circuitOpen.ts";
import { signInFailed } from "../alerts/rules/signInFailed.ts";
import { iso, isoOrNull } from "../instant.ts";
import { defineService, type ServiceContext } from "../service.ts";

/** All connections of the tenant. */
export const listConnections = defineService(
  "events",
  async ({ served: { tenant, states } }: ServiceContext, _input: Record<never, never>): Promise<ConnectionStatus[]> => {
    const now = tenant.clock.now();
    const arrivals = await countArrivals(tenant.log.store, now);
    const passedOver = Map.groupBy(await listPassedOver(tenant.log.store), (row) => row.connection);
    await states.refresh();
    return await Promise.all(
      tenant.connections.map(async (connection) => {
        const counts = {
          arrivals: arrivals.get(connection.id),
          passedOver: passedOver.get(connection.id) ?? [],
          events: await monthlyUse({ log: tenant.log, clock: tenant.clock, target: connection }),
        };
        return view(connection, states.of(connection), counts, now);
      }),
    );
  },
);

function view(
  connection: Connection,
  { streams: progress, health, circuits, quotas, forecast }: ConnectionState,
  {
    arrivals,
    passedOver,
    events,
  }: { arrivals: ArrivalCounts | undefined; passedOver: PassedOverRow[]; events: MonthlyUse | null },
  now: number,
): ConnectionStatus {
  const { lastSuccessAt, failingSince, failure } = health;
  const isPulled = connection.connector.streams.length > 0;
  const oldest = oldestCoverage(progress);
  return {
    id: connection.id,
    platform: connection.platform.name,
    environment: connection.environment,
    state: connectionState(failure, progress),
    summary: isPulled ? pullSummary(lastSuccessAt, now) : webhookSummary(lastSuccessAt, now),
    pausedAt: isoOrNull(connection.pausedAt),
    lastSuccessAt: isoOrNull(lastSuccessAt),
    failingSince: isoOrNull(failingSince),
    problem: failure?.message ?? null,
    nextAction: failure === null ? null : nextActionOfFailure(failure),
    lagSeconds: oldest === null ? null : Math.round((now - oldest) / 1000),
    webhooks: {
      lastReceivedAt: isoOrNull(arrivals?.lastReceivedAt ?? null),
      lastDay: arrivals?.webhookEvents ?? 0,
      foundByPulls: arrivals?.pulledEvents ?? 0,
    },
    quota: Object.fromEntries(
      Object.entries(quotas).map(([name, { limit, remaining, windowMs, blockedUntil }]) => [
        name,
        {
          limit,
          remaining,
          windowSeconds: windowMs / 1000,
          blockedUntil: isoOrNull(blockedUntil),
          runsOutAt: isoOrNull(forecast?.[name] ?? null),
        },
      ]),
    ),
    monthlyEvents: events === null ? null : monthlyView(events),
    breaker: Object.fromEntries(circuits.map((status) => [status.kind, breakerView(status)])),
    streams: progress.map(({ stream, complete, records, coveredUntil, lastPullAt, problem }) => ({
      name: stream,
      state: streamState(complete, problem),
      complete,
      records,
      coveredUntil: isoOrNull(coveredUntil),
      lastPullAt: isoOrNull(lastPullAt),
      problem: problem?.message ?? null,
      passedOver: passedOver.filter((row) => row.stream === stream).map(passedOverView),
    })),
    missing: [...(connection.connector.missing?.() ?? []), ...(connection.connector.hidden?.() ?? [])],
  };
}

const monthlyView = ({ limit, sent, month, runsOutAt }: MonthlyUse) => ({
  limit,
  sent,
  month: month.name,
  resetsAt: iso(month.endsAt),
  runsOutAt: isoOrNull(runsOutAt),
});

const breakerView = ({ state, since, failures, nextProbeAt, failure }: CircuitStatus) => ({
  state,
  since: isoOrNull(since),
  failures,
  nextProbeAt: isoOrNull(nextProbeAt),
  problem: failure?.message ?? null,
});

const passedOverView = ({ reason, count, first_at, last_at }: PassedOverRow) => ({
  reason,
  count,
  firstAt: iso(first_at),
  lastAt: iso(last_at),
});

/** The state of a connection in one word. */
export function connectionState(
  failure: ReturnType<Connection["health"]>["failure"],
  progress: readonly StreamProgress[],
): ConnectionStatus["state"] {
  if (failure) return failure.code === "invalid_credentials" ? "invalid_credentials" : "failing";
  return progress.every(({ complete, problem }) => complete || problem?.isUnavailable) ? "ok" : "backfilling";
}

/** The same advice as the alert of the failure. */
const nextActionOfFailure = ({ code, nextAction }: CircuitFailure): string =>
  nextAction ?? (code === "invalid_credentials" ? signInFailed : circuitOpen).nextAction;

function streamState(isComplete: boolean, problem: StreamProgress["problem"]): ConnectionStatus["streams"][number]["state"] {
  if (problem) return problem.isUnavailable ? "unavailable" : "failing";
  return isComplete ? "ok" : "backfilling";
}

/** Null while a stream's coverage is unknown. A stream that the account cannot serve is not behind. */
export function oldestCoverage(progress: StreamProgress[]): number | null {
  const servedStreams = progress.filter(({ problem }) => !problem?.isUnavailable);
  const coverage = servedStreams.flatMap((stream) => stream.coveredUntil ?? []);
  return coverage.length > 0 && coverage.length === servedStreams.length ? Math.min(...coverage) : null;
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
