import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { RoutingConfig } from "../config/routing.ts";
import type { TenantConfig } from "../config/schema.ts";

/** The routes that come with Sidelight. `to` names a platform. */
const defaults = RoutingConfig.parse(parse(readFileSync(new URL("./defaults.yaml", import.meta.url), "utf8")));

/**
 * A tenant's configuration with the default routes written out, where they are on: those of platforms that it has, and that it
 * doesn't replace. What comes out needs nothing of ours any more to be read, and a release that changes a default changes it.
 */
export function withDefaults(config: TenantConfig): TenantConfig {
  const { routing, connections } = config;
  if (!routing.defaults) return config;
  const own = new Set(routing.routes.map((route) => route.id));
  const added = defaults.routes.flatMap((route) => {
    const target = connections.find((c) => c.platform === route.to);
    return target && !own.has(route.id) ? [{ ...route, to: target.id }] : [];
  });
  const transforms = { ...defaults.transforms, ...routing.transforms };
  return { ...config, routing: { ...routing, defaults: false, transforms, routes: [...routing.routes, ...added] } };
}
