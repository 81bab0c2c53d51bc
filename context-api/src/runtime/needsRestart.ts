import { changesBetween } from "../config/diff.ts";
import type { LoadedConfig } from "../config/load.ts";
import type { SidelightConfig } from "../config/schema.ts";

/**
 * The parts of the files that changed since the start of the process and need a restart: `http`, `secrets`, new and removed tenants.
 * @param tenant leaves out the other tenants
 */
export function needsRestart(
  { config: startConfig }: Pick<LoadedConfig, "config">,
  { config: currentConfig }: Pick<LoadedConfig, "config">,
  tenant?: string,
): string[] {
  const sharedParts = ({ http, secrets }: SidelightConfig) => ({ http, secrets });
  const sharedChanges = changesBetween(sharedParts(startConfig), sharedParts(currentConfig)).map(({ path }) => path.join("."));
  const names = new Set([...Object.keys(startConfig.tenants), ...Object.keys(currentConfig.tenants)]);
  const tenantChanges = [...names].filter(
    (name) =>
      Object.hasOwn(startConfig.tenants, name) !== Object.hasOwn(currentConfig.tenants, name) &&
      (tenant === undefined || name === tenant),
  );
  return [...sharedChanges, ...tenantChanges.map((name) => `tenants.${name}`)];
}
