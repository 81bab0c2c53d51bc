import { systemClock } from "@sidelight/model/clock.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { ConfigError, type ConfigIssue, locateIssues } from "../config/issues.ts";
import { type LoadedConfig, loadConfig } from "../config/load.ts";
import type { TenantConfig } from "../config/schema.ts";
import { type TenantVersion, versionOf } from "../config/versions.ts";
import { type Connection, openDetachedConnections } from "../connections/connections.ts";
import { openWebhookEndpoints } from "../ingest/webhookEndpoints.ts";
import { resolveRouting } from "../routing/defaults.ts";
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
): Promise<CheckedConfig> {
  const loaded = await loadConfig(file, environment);
  const tenants = new Map<string, TenantVersion>();
  const issues: ConfigIssue[] = [];
  for (const [name, config] of Object.entries(loaded.config.tenants)) {
    const resolved = platforms ? resolveOrReport(name, config, platforms, issues) : config;
    if (!resolved) continue;
    tenants.set(name, versionOf(resolved));
    if (platforms) issues.push(...(await tenantIssues(name, resolved, platforms)));
  }
  if (issues.length > 0) throw new ConfigError(locateIssues(issues, loaded.locate), loaded.files);
  return { loaded, tenants };
}

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

/** The faults of a tenant's configuration that the schema does not find. Opens its connections without any request. */
export async function tenantIssues(
  tenant: string,
  config: TenantConfig,
  platforms: readonly Platform[],
): Promise<readonly ConfigIssue[]> {
  let connections: Connection[] = [];
  try {
    connections = openDetachedConnections({ tenant, config, platforms: byName(platforms), secrets: { get: refuseSecret } });
    openWebhookEndpoints({ tenant, connections, secret: refuseSecret, now: systemClock.now });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.issues;
  } finally {
    await Promise.all(connections.map(({ connector }) => connector.close()));
  }
  const { routes, issues } = compileRoutes(config.routing, connections);
  const trialIssues = await tryRoutes(routes, config.routing.settings, connections);
  return [...issues, ...trialIssues].map(({ path, message }) => ({
    path: ["tenants", tenant, "routing", ...path],
    message,
    location: null,
  }));
}

const refuseSecret = () => Promise.reject(new SecretError("a check of the configuration reads no secrets"));

const byName = (platforms: readonly Platform[]) => new Map(platforms.map((platform) => [platform.name, platform]));
