import type { RouteStatus, Routes } from "@sidelight/contracts/events/route.ts";
import type { Tenant } from "../../context/tenant.ts";
import { type Failure, loadRouteTraffic, type RouteTraffic } from "../../deliveries/routeTraffic.ts";
import type { Route } from "../../routing/routes.ts";
import { countEvents } from "../../store/tables/events.ts";
import { iso, isoOrNull } from "../instant.ts";
import { defineService, type ServiceContext } from "../service.ts";

const hourMs = 3_600_000;

/** The active routes and their deliveries over the last hours. */
export const listRoutes = defineService(
  "operate",
  async ({ served: { tenant, routing } }: ServiceContext, { hours }: { hours: number }): Promise<Routes> => {
    const { store } = tenant.log;
    const now = tenant.clock.now();
    const since = now - hours * hourMs;
    const active = routing?.activeRoutes() ?? null;
    const routes = active?.routes ?? [];
    const traffic = await loadRouteTraffic(
      store,
      routes.map(({ id }) => id),
      since,
    );
    const events = await countEvents(store, since, now);
    return {
      version: active?.version ?? null,
      since: iso(since),
      sources: sourcesOf(tenant, events),
      items: routes.flatMap((route) => {
        const figures = traffic.get(route.id);
        return figures ? [view(route, figures)] : [];
      }),
    };
  },
);

/** The connected platforms, and every other origin of events: Sidelight itself. */
function sourcesOf({ connections, platforms }: Tenant, events: ReadonlyMap<string, number>): Routes["sources"] {
  const names = new Set([...connections.map((c) => c.platform.name), ...events.keys()]);
  return [...names].map((platform) => ({
    platform,
    label: platforms.get(platform)?.label ?? platform,
    events: events.get(platform) ?? 0,
  }));
}

function view({ id, config, target, purpose }: Route, traffic: RouteTraffic): RouteStatus {
  const { counts, lastDelivered, delayMs, lastFailure } = traffic;
  return {
    id,
    on: config.on,
    when: config.when ?? null,
    to: { connection: target.id, platform: target.platform.name, label: target.platform.label },
    do: config.do,
    purpose,
    owner: config.owner ?? null,
    criticality: config.criticality ?? "normal",
    state: stateOf(traffic),
    counts,
    lastDelivered: lastDelivered && { at: iso(lastDelivered.at), ms: lastDelivered.ms },
    delayMs,
    lastFailure: lastFailure && failureView(lastFailure),
  };
}

function stateOf({ isFailing, counts }: RouteTraffic): RouteStatus["state"] {
  if (isFailing) return "failing";
  return counts.waiting + counts.blocked > 0 ? "waiting" : "ok";
}

const failureView = ({ id, cause, message, at, nextAttemptAt }: Failure): RouteStatus["lastFailure"] => ({
  deliveryId: id,
  at: isoOrNull(at),
  nextAttemptAt: isoOrNull(nextAttemptAt),
  cause,
  message,
});
