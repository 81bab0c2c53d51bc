import { systemClock } from "@sidelight/model/clock.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { costIssues } from "../config/costs.ts";
import { fieldDefinitions } from "../config/fields.ts";
import { ConfigError, type ConfigIssue, locateIssues } from "../config/issues.ts";
import { type LoadedConfig, type RefusedConfig, readConfig } from "../config/load.ts";
import { objectiveIssues } from "../config/objectives.ts";
import { isRoute, RoutingConfig } from "../config/routing.ts";
import type { TenantConfig } from "../config/schema.ts";
import { sectionNameIssues } from "../config/sectionNames.ts";
import { survivorshipIssues } from "../config/survivorship.ts";
import { type UsableParts, usableParts } from "../config/usableParts.ts";
import { type TenantVersion, versionOf } from "../config/versions.ts";
import { type Connection, openDetachedConnections } from "../connections/connections.ts";
import { openWebhookEndpoints } from "../ingest/webhookEndpoints.ts";
import { nameIssues } from "../routing/checkNames.ts";
import { defaultRouteIds, resolveRouting } from "../routing/defaults.ts";
import { compileRoutes } from "../routing/routes.ts";
import { tryRoutes } from "../routing/tryRoutes.ts";
import { SecretError } from "../security/secrets/provider.ts";

export interface CheckedConfig {
  loaded: LoadedConfig;
  tenants: ReadonlyMap<string, TenantVersion>;
}

/**
 * Reads a configuration and checks all of it.
 * @param platforms null leaves out the checks of the platforms
 * @throws {ConfigError} with every fault, by file and line
 */
export async function loadChecked(
  file: string,
  environment: string | null,
  platforms: readonly Platform[] | null,
  ownSections: readonly string[] = [],
): Promise<CheckedConfig> {
  const loaded = await readConfig(file, environment);
  if ("faults" in loaded)
    throw new ConfigError([...loaded.faults, ...(await otherIssues(loaded, platforms ?? [], ownSections))], loaded.files);
  const tenants = new Map<string, TenantVersion>();
  const issues: ConfigIssue[] = [];
  for (const [name, config] of Object.entries(loaded.config.tenants)) {
    const resolved = platforms ? resolveOrReport(name, config, platforms, issues) : config;
    if (resolved) tenants.set(name, versionOf(resolved));
    if (!platforms) continue;
    const checkedConfig = resolved ?? resolveRouting(name, withoutSettings(config), platforms);
    issues.push(...(await tenantIssues(name, checkedConfig, platforms, ownSections)));
  }
  if (issues.length > 0) throw new ConfigError(locateIssues(issues, loaded.locate), loaded.files);
  return { loaded, tenants };
}

/** The faults of a refused configuration that its schema does not find, of all values that can be used. */
async function otherIssues(
  { tenants, locate }: RefusedConfig,
  platforms: readonly Platform[],
  ownSections: readonly string[],
): Promise<ConfigIssue[]> {
  if (platforms.length === 0) return [];
  const issues: ConfigIssue[] = [];
  for (const [name, tenantConfig] of Object.entries(tenants)) {
    const usable = usableParts(tenantConfig);
    if (!usable) continue;
    const foundIssues: ConfigIssue[] = [];
    const resolved = resolveOrReport(name, usable.config, platforms, foundIssues);
    const config = resolved ?? resolveRouting(name, withoutSettings(usable.config), platforms);
    foundIssues.push(...(await tenantIssues(name, config, platforms, ownSections)));
    for (const issue of foundIssues) {
      const path = (issue.path ?? []).slice(2);
      if (!mayFollowFrom(usable, path)) issues.push({ ...issue, path: ["tenants", name, ...usable.writtenPath(path)] });
    }
  }
  return locateIssues(issues, locate);
}

/** Members of a connection on which routes depend. */
const definingMembers = ["id", "platform", "settings", "webhooks"];

/** True for a fault that may disappear when the removed values are corrected. @param path below the tenant */
function mayFollowFrom({ config, removed, writtenPath }: UsableParts, path: readonly PropertyKey[]): boolean {
  const pathInFile = writtenPath(path);
  if (removed.some((removedPath) => isWithin(pathInFile, removedPath) || isWithin(removedPath, pathInFile))) return true;
  const [routing, routes, index] = path;
  if (routing !== "routing" || routes !== "routes") return false;
  const field = path.at(-1);
  const lacksConnections = removed.some(
    ([part, , member]) => part === "connections" && (member === undefined || definingMembers.includes(String(member))),
  );
  if (lacksConnections && (field === "to" || field === "do" || field === "on")) return true;
  const route = config.routing.routes[Number(index)];
  const lacksTransforms = removed.some(([part, member]) => part === "routing" && member !== "routes" && member !== "settings");
  return (
    lacksTransforms && field === "with" && route !== undefined && isRoute(route) && !(route.with in config.routing.transforms)
  );
}

const isWithin = (path: readonly PropertyKey[], above: readonly PropertyKey[]): boolean =>
  above.every((part, i) => part === path[i]);

/** The configuration with resolved routing; null when it has faults, which are added to `issues`. */
function resolveOrReport(
  tenant: string,
  config: TenantConfig,
  platforms: readonly Platform[],
  issues: ConfigIssue[],
): TenantConfig | null {
  try {
    return resolveRouting(tenant, config, platforms);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    issues.push(...error.issues);
    return null;
  }
}

/** The configuration without routing settings that have faults, so that its other faults are reported with them. */
const withoutSettings = (config: TenantConfig): TenantConfig => ({
  ...config,
  routing: RoutingConfig.parse({ ...config.routing, settings: {} }),
});

/** The faults of a tenant's configuration that the schema does not find. Opens its connections without any request. */
export async function tenantIssues(
  tenant: string,
  config: TenantConfig,
  platforms: readonly Platform[],
  ownSections: readonly string[] = [],
): Promise<readonly ConfigIssue[]> {
  const { connections, issues: connectionIssues } = await openedConnections(tenant, config, platforms);
  const { routes, issues } = compileRoutes(config.routing, connections, defaultRouteIds(platforms));
  const faulty = new Set(config.connections.map(({ id }) => id).filter((id) => !connections.some((open) => open.id === id)));
  // Nothing can be said about a target that has faults itself.
  const routeIssues = issues.filter(({ path }) => path.at(-1) !== "to" || !faulty.has(targetAt(config, path)));
  const trialIssues = await tryRoutes(routes, config.routing.settings, connections);
  const names = nameIssues(config, platforms);
  const cardKeys = connections.flatMap(({ connector }) => connector.cards?.definitions.map(({ key }) => key) ?? []);
  const { definitions, issues: fields } = fieldDefinitions(config, byName(platforms));
  const fieldKeys = definitions.filter(({ owner }) => byName(platforms).get(owner)?.section).map(({ name }) => `field:${name}`);
  const sections = sectionNameIssues(config, cardKeys, ownSections, fieldKeys);
  const survivorship = survivorshipIssues(config.identity.survivorship, byName(platforms).keys());
  const connectionIds = config.connections.map(({ id }) => id);
  const objectives = objectiveIssues(config.objectives, connectionIds, (id) => objectsOf(config, id, platforms));
  return [
    ...connectionIssues,
    ...[...objectives, ...costIssues(config.costs, connectionIds)].map((issue) => ({
      ...issue,
      path: ["tenants", tenant, ...(issue.path ?? [])],
    })),
    ...fields.map((issue) => ({ ...issue, path: ["tenants", tenant, "fields", ...(issue.path ?? [])] })),
    ...sections.map((issue) => ({ ...issue, path: ["tenants", tenant, ...(issue.path ?? [])] })),
    ...survivorship.map((issue) => ({ ...issue, path: ["tenants", tenant, "identity", "survivorship", ...(issue.path ?? [])] })),
    ...[...routeIssues, ...trialIssues, ...names].map(({ path, message }) => ({
      path: ["tenants", tenant, "routing", ...path],
      message,
      location: null,
    })),
  ];
}

/** The objects of a connection; null for one that does not exist, or whose platform does not. */
function objectsOf({ connections }: TenantConfig, id: string, platforms: readonly Platform[]): string[] | null {
  const platform = byName(platforms).get(connections.find((connection) => connection.id === id)?.platform ?? "");
  return platform ? Object.keys(platform.objects) : null;
}

/** The target of the route at a path below `routing`. */
function targetAt({ routing }: TenantConfig, [, index]: readonly PropertyKey[]): string {
  const route = routing.routes[Number(index)];
  return route && isRoute(route) ? route.to : "";
}

/** The connections of a tenant without faults, closed again, and the faults of the others. */
async function openedConnections(
  tenant: string,
  config: TenantConfig,
  platforms: readonly Platform[],
): Promise<{ connections: Connection[]; issues: readonly ConfigIssue[] }> {
  const connections: Connection[] = [];
  const issues: ConfigIssue[] = [];
  for (const [i, connection] of config.connections.entries()) {
    try {
      const deps = { tenant, platforms: byName(platforms), secrets: { get: refuseSecret } };
      const detachedConnections = openDetachedConnections({ ...deps, config: { ...config, connections: [connection] } });
      connections.push(...detachedConnections);
      openWebhookEndpoints({ tenant, connections: detachedConnections, secret: refuseSecret, now: systemClock.now });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      issues.push(...error.issues.map((issue) => ({ ...issue, path: withIndex(issue.path, i) })));
    }
  }
  await Promise.all(connections.map(({ connector }) => connector.close()));
  return { connections, issues };
}

/** `tenants.acme.connections.0.…` of a connection that was opened alone, with its index. */
const withIndex = (path: ConfigIssue["path"], index: number): ConfigIssue["path"] =>
  path && [...path.slice(0, 3), index, ...path.slice(4)];

const refuseSecret = () => Promise.reject(new SecretError("a check of the configuration reads no secrets"));

const byName = (platforms: readonly Platform[]) => new Map(platforms.map((platform) => [platform.name, platform]));
