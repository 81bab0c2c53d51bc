import type { TenantConfig } from "../config/schema.ts";
import type { Connection } from "../connections/connections.ts";
import { type ActiveRoutes, compileRoutes } from "./routes.ts";

/** The compiled routes of a version of a tenant's configuration. */
export function routesOfVersion(version: string, config: TenantConfig, connections: readonly Connection[]): ActiveRoutes {
  const { routes, disabled, tiers } = compileRoutes(config.routing, connections);
  return { routes, disabled, tiers, settings: config.routing.settings, version };
}
