import { systemClock } from "@sidelight/model/clock.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { openRuntime, type Runtime } from "../runtime/runtime.ts";
import type { ServedTenant } from "../services/servedTenant.ts";
import { createLogger } from "../telemetry/logger.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { configFile, dataDirectory, logLevel } from "./environment.ts";
import { CommandError } from "./errors.ts";

/**
 * Opens the configuration and the store for a command. Nothing is pulled.
 * @param platforms null for a command that needs no connection
 */
export async function openForCommand(
  env: NodeJS.ProcessEnv,
  platforms: readonly Platform[] | null = null,
  level = logLevel(env, "warn"),
): Promise<Runtime> {
  return await openRuntime({
    configFile: configFile(env),
    dataDirectory: dataDirectory(env),
    env,
    platforms,
    clock: systemClock,
    logger: createLogger(level),
    metrics: createMetrics(),
    pull: false,
  });
}

/** @throws {CommandError} when the configuration has no such tenant */
export function requireTenant({ tenants }: Runtime, name: string): ServedTenant {
  const tenant = tenants.get(name);
  if (!tenant) throw new CommandError(noTenant(name, [...tenants.keys()]));
  return tenant;
}

export const noTenant = (name: string, names: readonly string[]): string =>
  `The configuration has no tenant ${name}. ${names.length > 0 ? `It has ${names.join(", ")}.` : "Add one with sidelight connect."}`;
