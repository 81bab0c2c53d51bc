import { environmentOf } from "../../config/environment.ts";
import { type CheckedConfig, loadChecked } from "../../runtime/checkConfig.ts";
import { type CommandContext, configFile } from "../environment.ts";
import { CommandError } from "../errors.ts";
import { noTenant } from "../runtime.ts";

export interface ConfigOptions {
  tenant?: string;
  /** Overlay to use instead of that of `SIDELIGHT_ENVIRONMENT`. */
  environment?: string;
}

/** The configuration of the files, checked. @throws {ConfigError} */
export async function loadFiles({ environment }: ConfigOptions, { env, loadPlatforms }: CommandContext): Promise<CheckedConfig> {
  const overlay = environmentOf(environment === undefined ? env : { ...env, SIDELIGHT_ENVIRONMENT: environment });
  return await loadChecked(configFile(env), overlay, await loadPlatforms());
}

/** The chosen tenant, or all of them. @throws {CommandError} for one that the files do not have */
export function selectedTenants({ tenants }: CheckedConfig, { tenant }: ConfigOptions): string[] {
  if (tenant === undefined) return [...tenants.keys()];
  if (!tenants.has(tenant)) throw new CommandError(noTenant(tenant, [...tenants.keys()]));
  return [tenant];
}
