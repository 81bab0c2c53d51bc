import { type RouteStatus, Routes } from "@sidelight/contracts/events/route.ts";
import type { Hono } from "hono";
import type { PagesDeps } from "./pagesDeps.ts";

/** The events of each source, the routes that use them and their targets, as the home page draws them. */
export interface Flow {
  sources: { name: string; label: string; events: number; isSidelight: boolean; routes: DrawnRoute[] }[];
  targets: { connection: string; label: string }[];
}
type DrawnRoute = Omit<RouteStatus, "to"> & { to: string; toLabel: string };

/** Source of the events that Sidelight derives from others. Their types begin with `customer`. */
const derivedSource = "sidelight";

export function flowRoutes(app: Hono, { lab, api }: PagesDeps): void {
  app.get("/flow.json", async (c) => {
    const tenant = c.req.query("tenant") || Object.keys(lab.tenants)[0]!;
    const client = Object.hasOwn(lab.tenants, tenant) ? api()?.clients[tenant] : undefined;
    const response = await client?.get("/v1/config/routes?hours=1").catch(() => null);
    const routes = response?.ok ? Routes.safeParse(await response.json()) : null;
    return c.json(routes?.success ? { ready: true, ...flowOf(routes.data) } : { ready: false });
  });
}

export function flowOf({ sources, items }: Routes): Flow {
  const sourceByName = new Map(sources.map((source) => [source.platform, source]));
  const names = [...new Set([...sourceByName.keys(), ...items.map(sourceOf)])];
  // Derived events come last, after the events that they derive from.
  const orderedNames = [...names.filter((name) => name !== derivedSource), ...names.filter((name) => name === derivedSource)];
  const groups = orderedNames.map((name) => ({ name, routes: items.filter((route) => sourceOf(route) === name) }));
  const targets = targetsOf(groups.flatMap(({ routes }) => routes));
  const targetIndex = ({ to }: RouteStatus): number => targets.findIndex(({ connection }) => connection === to.connection);
  return {
    targets,
    sources: groups
      .filter(({ name, routes }) => name !== derivedSource || routes.length > 0)
      .map(({ name, routes }) => ({
        name,
        label: sourceByName.get(name)?.label ?? name,
        events: sourceByName.get(name)?.events ?? 0,
        isSidelight: name === derivedSource,
        routes: routes.toSorted((a, b) => targetIndex(a) - targetIndex(b)).map(drawnRoute),
      })),
  };
}

function sourceOf({ on: [type = ""] }: RouteStatus): string {
  const [first = ""] = type.split(".");
  return first === "customer" ? derivedSource : first;
}

const drawnRoute = ({ to, ...route }: RouteStatus): DrawnRoute => ({ ...route, to: to.connection, toLabel: targetLabel(to) });

const targetLabel = ({ platform, label }: RouteStatus["to"]): string => (platform === "generic" ? "Your services" : label);

/** Ordered by the mean position of their routes, so that few arrows cross. */
function targetsOf(routes: RouteStatus[]): Flow["targets"] {
  const positions = Map.groupBy(routes.keys(), (i) => routes[i]!.to.connection);
  const mean = (numbers: number[]): number => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  return [...positions]
    .sort(([, a], [, b]) => mean(a) - mean(b))
    .map(([connection, [first]]) => ({ connection, label: targetLabel(routes[first!]!.to) }));
}
