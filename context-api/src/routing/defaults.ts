import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { RoutingConfig } from "../config/routing.ts";

/** The routes that come with Sidelight. `to` names a platform. */
const defaults = RoutingConfig.parse(parse(readFileSync(new URL("./defaults.yaml", import.meta.url), "utf8")));

/** Connections by the platform that default routes name. */
export type ConnectionNames = readonly { id: string; platform: { name: string } }[];

/** A tenant's own routes, with the defaults beside them where they are on: those of platforms that it has, and that it doesn't replace. */
export function withDefaults(config: RoutingConfig, connections: ConnectionNames): RoutingConfig {
  if (!config.defaults) return config;
  const own = new Set(config.routes.map((route) => route.id));
  const added = defaults.routes.flatMap((route) => {
    const target = connections.find((c) => c.platform.name === route.to);
    return target && !own.has(route.id) ? [{ ...route, to: target.id }] : [];
  });
  return { ...config, transforms: { ...defaults.transforms, ...config.transforms }, routes: [...config.routes, ...added] };
}
