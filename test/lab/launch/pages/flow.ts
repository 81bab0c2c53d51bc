import { type RouteStatus, Routes } from "@sidelight/contracts/events/route.ts";
import type { Hono } from "hono";
import type { PagesDeps } from "./server.ts";

/** The way of events as the home page draws it: what comes in by source, each with its routes, and where they lead. */
export interface Flow {
  sources: { name: string; label: string; events: number; isOurs: boolean; routes: DrawnRoute[] }[];
  targets: { connection: string; label: string }[];
}
type DrawnRoute = Omit<RouteStatus, "to"> & { to: string; toLabel: string };

/** Platform of the events that Sidelight itself makes of others; their types begin with `customer`. */
const ourselves = "sidelight";

export function flowRoutes(app: Hono, { lab, opened }: PagesDeps): void {
  app.get("/flow.json", async (c) => {
    const tenant = c.req.query("tenant") || Object.keys(lab.tenants)[0]!;
    const client = Object.hasOwn(lab.tenants, tenant) ? opened()?.clients[tenant] : undefined;
    const response = await client?.get("/v1/config/routes?hours=1").catch(() => null);
    const routes = response?.ok ? Routes.safeParse(await response.json()) : null;
    return c.json(routes?.success ? { ready: true, ...flowOf(routes.data) } : { ready: false });
  });
}

export function flowOf({ sources, items }: Routes): Flow {
  const known = new Map(sources.map((source) => [source.platform, source]));
  const names = [...new Set([...known.keys(), ...items.map(sourceOf)])];
  // What Sidelight concludes stands after what it concludes it from.
  const ordered = [...names.filter((name) => name !== ourselves), ...names.filter((name) => name === ourselves)];
  const groups = ordered.map((name) => ({ name, routes: items.filter((route) => sourceOf(route) === name) }));
  const targets = targetsOf(groups.flatMap(({ routes }) => routes));
  const place = ({ to }: RouteStatus): number => targets.findIndex(({ connection }) => connection === to.connection);
  return {
    targets,
    sources: groups
      .filter(({ name, routes }) => name !== ourselves || routes.length > 0)
      .map(({ name, routes }) => ({
        name,
        label: known.get(name)?.label ?? name,
        events: known.get(name)?.events ?? 0,
        isOurs: name === ourselves,
        routes: routes.toSorted((a, b) => place(a) - place(b)).map(drawnRoute),
      })),
  };
}

function sourceOf({ on: [type = ""] }: RouteStatus): string {
  const [first = ""] = type.split(".");
  return first === "customer" ? ourselves : first;
}

const drawnRoute = ({ to, ...route }: RouteStatus): DrawnRoute => ({ ...route, to: to.connection, toLabel: targetLabel(to) });

const targetLabel = ({ platform, label }: RouteStatus["to"]): string => (platform === "generic" ? "Your services" : label);

/** From top to bottom as the routes that lead to them stand, so that few arrows cross. */
function targetsOf(routes: RouteStatus[]): Flow["targets"] {
  const places = Map.groupBy(routes.keys(), (i) => routes[i]!.to.connection);
  const middle = (of: number[]): number => of.reduce((sum, i) => sum + i, 0) / of.length;
  return [...places]
    .sort(([, a], [, b]) => middle(a) - middle(b))
    .map(([connection, [first]]) => ({ connection, label: targetLabel(routes[first!]!.to) }));
}
