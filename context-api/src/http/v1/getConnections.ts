import { createRoute } from "@hono/zod-openapi";
import { ConnectionList, type ConnectionStatus } from "@sidelight/contracts/connections/connection.ts";
import type { Connection } from "../../connections/connections.ts";
import { type Arrivals, arrivalsOf } from "../../log/arrivalCounts.ts";
import type { StreamProgress } from "../../sync/runner.ts";
import type { App } from "../env.ts";
import { json, problems, security } from "./shared.ts";

// Cloned for the OpenAPI extension, see shared.ts.
const Connections = ConnectionList.clone().openapi("Connections");

const route = createRoute({
  method: "get",
  path: "/v1/connections",
  operationId: "getConnections",
  summary: "How each platform is doing: last success, lag, budget left",
  tags: ["Operations"],
  security,
  responses: { 200: json(Connections, "All connections"), ...problems },
});

export function getConnections(app: App): void {
  app.openapi(route, async (c) => {
    const { tenant, syncs } = c.get("served");
    const now = tenant.clock.now();
    const arrivals = await arrivalsOf(tenant.log.store, now);
    const items = tenant.connections.map((connection) =>
      view(connection, syncs.get(connection.id)?.progress() ?? [], arrivals.get(connection.id), now),
    );
    return c.json({ items, nextCursor: null }, 200, { "cache-control": "no-store" });
  });
}

function view(connection: Connection, progress: StreamProgress[], arrivals: Arrivals | undefined, now: number): ConnectionStatus {
  const { lastSuccessAt, failingSince, failure } = connection.health();
  const covered = progress.map((p) => p.coveredUntil);
  const oldest = covered.length > 0 && covered.every((at) => at !== null) ? Math.min(...covered) : null;
  const backfilling = progress.some((p) => !p.complete);
  return {
    id: connection.id,
    platform: connection.platform.name,
    environment: connection.environment,
    state:
      failure?.code === "invalid_credentials" ? "invalid_credentials" : failure ? "failing" : backfilling ? "backfilling" : "ok",
    summary: connection.connector.streams.length > 0 ? summary(lastSuccessAt, now) : received(lastSuccessAt, now),
    lastSuccessAt: iso(lastSuccessAt),
    failingSince: iso(failingSince),
    problem: failure?.message ?? null,
    lagSeconds: oldest === null ? null : Math.round((now - oldest) / 1000),
    webhooks: {
      lastReceivedAt: iso(arrivals?.lastReceivedAt ?? null),
      lastDay: arrivals?.told ?? 0,
      foundByPulls: arrivals?.found ?? 0,
    },
    budget: Object.fromEntries(
      Object.entries(connection.budget.left()).map(([pool, { limit, remaining, windowMs }]) => [
        pool,
        { limit, remaining, windowSeconds: windowMs / 1000 },
      ]),
    ),
    streams: progress.map(({ stream, complete, records, coveredUntil, lastPullAt }) => ({
      name: stream,
      complete,
      records,
      coveredUntil: iso(coveredUntil),
      lastPullAt: iso(lastPullAt),
    })),
  };
}

const summary = (lastSuccessAt: number | null, now: number): string =>
  lastSuccessAt === null ? "no success yet" : `last success ${ago(lastSuccessAt, now)}`;

/** Where nothing is pulled, nothing can be late: that nobody has sent anything since the start is no trouble. */
const received = (lastAt: number | null, now: number): string =>
  lastAt === null ? "takes what it is sent" : `last received ${ago(lastAt, now)}`;

function ago(at: number, now: number): string {
  const minutes = Math.floor((now - at) / 60_000);
  if (minutes < 1) return "just now";
  return minutes < 120 ? `${minutes} ${minutes === 1 ? "minute" : "minutes"} ago` : `${Math.floor(minutes / 60)} hours ago`;
}

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
