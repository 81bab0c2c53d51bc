import { readFileSync } from "node:fs";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { parse } from "yaml";
import { ConfigError, type ConfigIssue, issuesOf } from "../config/issues.ts";
import { DefaultRoutes, isRoute, type RoutingConfig, routingSettingsSchema } from "../config/routing.ts";
import type { TenantConfig } from "../config/schema.ts";
import { compileExpression } from "./compileExpression.ts";

/** Default routes by the URL of their file. */
const cache = new Map<string, DefaultRoutes>();

/** A platform's default routes; none when it has no file. @throws {z.ZodError} for an invalid file */
export function defaultRoutesOf({ defaultRoutes: file }: Pick<Platform, "defaultRoutes">): DefaultRoutes {
  if (!file) return { routes: [], transforms: {} };
  const cachedRoutes = cache.get(file.href);
  if (cachedRoutes) return cachedRoutes;
  const routes = DefaultRoutes.parse(parse(readFileSync(file, "utf8")));
  cache.set(file.href, routes);
  return routes;
}

/**
 * The tenant's configuration with its routing settings checked by the platforms' schemas, their defaults filled in, and the default
 * routes added. The result is independent of the defaults of this release.
 * @throws {ConfigError} for invalid settings
 */
export function resolveRouting(tenant: string, config: TenantConfig, platforms: readonly Platform[]): TenantConfig {
  const path = ["tenants", tenant, "routing", "settings"];
  const schema = routingSettingsSchema(platforms.map((platform) => platform.routingSettings ?? {}));
  const settings = schema.safeParse(config.routing.settings);
  if (!settings.success) throw new ConfigError(issuesOf(settings.error, path));
  const issues = platforms.flatMap((platform) => expressionIssues(platform, settings.data, path));
  if (issues.length > 0) throw new ConfigError(issues);
  const routing = { ...config.routing, settings: { ...settings.data, timeZone: settings.data.timeZone ?? config.timeZone } };
  return { ...config, routing: withDefaultRoutes(routing, config.connections, platforms) };
}

/** Adds the default routes of connected platforms, except those that the configuration replaces. */
function withDefaultRoutes(
  routing: RoutingConfig,
  connections: TenantConfig["connections"],
  platforms: readonly Platform[],
): RoutingConfig {
  const isDefault = new Set(defaultRouteIds(platforms));
  if (!routing.defaults)
    return { ...routing, routes: routing.routes.filter((route) => isRoute(route) || !isDefault.has(route.id)) };
  const replacedIds = new Set(routing.routes.map((route) => route.id));
  const defaults = platforms.map((platform) => ({ platform: platform.name, ...defaultRoutesOf(platform) }));
  const routes = defaults.flatMap(({ platform, routes }) => {
    const target = connections.find((connection) => connection.platform === platform);
    return target ? routes.map((route) => ({ ...route, to: target.id })) : [];
  });
  const ownRoutes = routing.routes.flatMap((entry) => {
    if (isRoute(entry) || !isDefault.has(entry.id)) return [entry];
    return routes.filter(({ id }) => id === entry.id).map((route) => ({ ...route, enabled: false }));
  });
  const transforms = Object.assign({}, ...defaults.map((entry) => entry.transforms), routing.transforms) as Record<
    string,
    string
  >;
  return { ...routing, defaults: false, transforms, routes: [...ownRoutes, ...routes.filter(({ id }) => !replacedIds.has(id))] };
}

/** Ids of the default routes of all platforms. */
export const defaultRouteIds = (platforms: readonly Platform[]): string[] =>
  platforms.flatMap((platform) => defaultRoutesOf(platform).routes.map(({ id }) => id));

/** Issues of the settings that contain JSONata. */
function expressionIssues({ expressionSettings = [] }: Platform, settings: object, basePath: string[]): ConfigIssue[] {
  return expressionSettings.flatMap((setting) => {
    const path = setting.split(".");
    const source = path.reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], settings);
    const issues: ConfigIssue[] = [];
    const addIssue = (message: string) => issues.push({ path: [...basePath, ...path], message, location: null });
    if (typeof source === "string") compileExpression(source, addIssue);
    return issues;
  });
}
