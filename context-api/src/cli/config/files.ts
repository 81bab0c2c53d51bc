import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { environmentOf } from "../../config/environment.ts";
import { type CheckedConfig, loadChecked } from "../../runtime/checkConfig.ts";
import { configFile, UsageError } from "../environment.ts";

export interface ConfigArguments {
  env: NodeJS.ProcessEnv;
  platforms: readonly Platform[];
  /** All of them, or the only one, when null. */
  tenant: string | null;
  version: string | null;
}

/** The files as they stand, checked. @throws {ConfigError} */
export const loadFiles = ({ env, platforms }: ConfigArguments): Promise<CheckedConfig> =>
  loadChecked(configFile(env), environmentOf(env), platforms);

/** The tenants that are meant. @throws {UsageError} for one that the files don't have */
export function tenantsOf({ tenants }: CheckedConfig, { tenant }: ConfigArguments): string[] {
  if (tenant === null) return [...tenants.keys()];
  if (!tenants.has(tenant)) throw new UsageError(`the configuration has no tenant ${tenant}`);
  return [tenant];
}
