import { createRoute, z } from "@hono/zod-openapi";
import { type RouteStatus, Routes } from "@sidelight/contracts/events/route.ts";
import type { Tenant } from "../../context/tenant.ts";
import { type Failure, type Traffic, trafficOf } from "../../deliveries/routeTraffic.ts";
import { countEvents } from "../../log/countEvents.ts";
import type { Route } from "../../routing/routes.ts";
import type { App } from "../env.ts";
import { requireOperator } from "./requireOperator.ts";
import { json, problems, security } from "./shared.ts";

const hourMs = 3_600_000;

const Window = z.object({
  hours: z.coerce.number().int().min(1).max(168).default(24).openapi({ description: "How far back is counted" }),
});

const route = createRoute({
  method: "get",
  path: "/v1/config/routes",
  operationId: "getRoutes",
  summary: "The routes that are followed, and what each has carried",
  description: "What waits is told as of now.",
  tags: ["Deliveries"],
  security,
  request: { query: Window },
  responses: { 200: json(Routes.clone().openapi("Routes"), "All routes, in the order of the configuration"), ...problems },
});

export function getRoutes(app: App): void {
  app.openapi(route, async (c) => {
    requireOperator(c.get("actor"));
    const { tenant, routing } = c.get("served");
    const since = tenant.clock.now() - c.req.valid("query").hours * hourMs;
    const inUse = routing?.inUse();
    const routes = inUse?.routes ?? [];
    const { store } = tenant.log;
    const ids = routes.map(({ id }) => id);
    const traffic = await trafficOf(store, ids, since);
    const events = await countEvents(store, since);
    const body = {
      version: inUse?.version ?? null,
      since: new Date(since).toISOString(),
      sources: sourcesOf(tenant, events),
      items: routes.map((route) => view(route, traffic.get(route.id)!)),
    };
    return c.json(body, 200, { "cache-control": "no-store" });
  });
}

/** What is connected, and whatever else events came from: Sidelight itself. */
function sourcesOf({ connections, platforms }: Tenant, events: ReadonlyMap<string, number>): Routes["sources"] {
  const names = new Set([...connections.map((c) => c.platform.name), ...events.keys()]);
  return [...names].map((platform) => ({
    platform,
    label: platforms.get(platform)?.label ?? platform,
    events: events.get(platform) ?? 0,
  }));
}

function view({ id, config, target }: Route, traffic: Traffic): RouteStatus {
  const { counts, lastDelivered, delayMs, lastFailure } = traffic;
  return {
    id,
    on: config.on,
    when: config.when ?? null,
    to: { connection: target.id, platform: target.platform.name, label: target.platform.label },
    do: config.do,
    state: stateOf(traffic),
    counts,
    lastDelivered: lastDelivered && { at: iso(lastDelivered.at), ms: lastDelivered.ms },
    delayMs,
    lastFailure: lastFailure && failure(lastFailure),
  };
}

function stateOf({ isFailing, counts }: Traffic): RouteStatus["state"] {
  if (isFailing) return "failing";
  return counts.waiting + counts.held > 0 ? "waiting" : "ok";
}

const failure = ({ id, cause, message, at, nextAttemptAt }: Failure): RouteStatus["lastFailure"] => ({
  deliveryId: id,
  at: at === null ? null : iso(at),
  nextAttemptAt: nextAttemptAt === null ? null : iso(nextAttemptAt),
  cause,
  message,
});

const iso = (ms: number): string => new Date(ms).toISOString();
