import { systemClock } from "@sidelight/model/clock.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { ConfigError, type ConfigIssue, placed } from "../config/issues.ts";
import { type LoadedConfig, loadConfig } from "../config/load.ts";
import type { TenantConfig } from "../config/schema.ts";
import { type TenantVersion, versionOf } from "../config/versions.ts";
import { type Connection, openAside } from "../connections/connections.ts";
import { openDoors } from "../ingest/webhookEndpoints.ts";
import { withDefaults } from "../routing/defaults.ts";
import { compileRoutes } from "../routing/routes.ts";
import { tryRoutes } from "../routing/tryRoutes.ts";
import { SecretError } from "../security/secrets/provider.ts";

export interface CheckedConfig {
  loaded: LoadedConfig;
  tenants: ReadonlyMap<string, TenantVersion>;
}

/**
 * Reads a configuration and checks all of it.
 * @param platforms null leaves out what only they know
 * @throws {ConfigError} with everything that is wrong, by file and line
 */
export async function loadChecked(
  file: string,
  environment: string | null,
  platforms: readonly Platform[] | null,
): Promise<CheckedConfig> {
  const loaded = await loadConfig(file, environment);
  const tenants = new Map(Object.entries(loaded.config.tenants).map(([name, own]) => [name, versionOf(withDefaults(own))]));
  const issues: ConfigIssue[] = [];
  for (const [name, { config }] of tenants) if (platforms) issues.push(...(await tenantIssues(name, config, platforms)));
  if (issues.length > 0) throw new ConfigError(placed(issues, loaded.place), loaded.files);
  return { loaded, tenants };
}

/** What is wrong with a tenant's configuration of good form. Opens its connections as far as that needs nobody. */
export async function tenantIssues(
  tenant: string,
  config: TenantConfig,
  platforms: readonly Platform[],
): Promise<readonly ConfigIssue[]> {
  let connections: Connection[] = [];
  try {
    connections = openAside({ tenant, config, platforms: byName(platforms), secrets: { get: noSecret } });
    openDoors({ tenant, connections, secret: noSecret, now: systemClock.now });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.issues;
  } finally {
    await Promise.all(connections.map(({ connector }) => connector.close()));
  }
  const { routes, issues } = compileRoutes(config.routing, connections);
  const tried = await tryRoutes(routes, config.routing.settings, connections);
  return [...issues, ...tried].map(({ path, message }) => ({
    path: ["tenants", tenant, "routing", ...path],
    message,
    place: null,
  }));
}

const noSecret = () => Promise.reject(new SecretError("nothing is signed in to by a check"));

const byName = (platforms: readonly Platform[]) => new Map(platforms.map((platform) => [platform.name, platform]));
