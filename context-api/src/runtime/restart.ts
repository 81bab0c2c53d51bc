import { changesBetween } from "../config/diff.ts";
import type { LoadedConfig } from "../config/load.ts";
import type { SidelightConfig } from "../config/schema.ts";

/**
 * What the files say since the process started, and only another start puts to use.
 * @param tenant leaves out what concerns the others
 */
export function needsRestart({ config: started }: LoadedConfig, { config: now }: LoadedConfig, tenant?: string): string[] {
  const common = ({ http, secrets }: SidelightConfig) => ({ http, secrets });
  const changed = changesBetween(common(started), common(now)).map(({ path }) => path.join("."));
  const names = new Set([...Object.keys(started.tenants), ...Object.keys(now.tenants)]);
  const isNews = (name: string) => Object.hasOwn(started.tenants, name) !== Object.hasOwn(now.tenants, name);
  const told = [...names].filter((name) => isNews(name) && (tenant === undefined || name === tenant));
  return [...changed, ...told.map((name) => `tenants.${name}`)];
}
