import { dirname, resolve } from "node:path";
import { readFiles } from "./files.ts";
import { ConfigError, issuesOf, type Place, placed } from "./issues.ts";
import { SidelightConfig } from "./schema.ts";
import { placeAt, plain } from "./sourceLocation.ts";

export interface LoadedConfig {
  config: SidelightConfig;
  /** Folder that relative paths in it start from: that of the main file. */
  directory: string;
  /** Name of the overlay; null for none. */
  environment: string | null;
  /** The files that it was read from, each with a stamp that is another when the file has changed. */
  files: ReadonlyMap<string, string>;
  /** Where a value stands, or the nearest one above it. */
  place(path: readonly PropertyKey[]): Place;
}

/**
 * Reads a configuration with all its files, and checks its form. What only the platforms know is checked by who knows them.
 * @param environment whose overlay lies over it: `sidelight.staging.yaml` for staging
 * @throws {ConfigError} with file, line and reason
 */
export async function loadConfig(file: string, environment: string | null = null): Promise<LoadedConfig> {
  const { root, files } = await readFiles(file, environment);
  const place = (path: readonly PropertyKey[]) => placeAt(root, path);
  const parsed = SidelightConfig.safeParse(plain(root));
  if (!parsed.success) throw new ConfigError(placed(issuesOf(parsed.error), place), files);
  return { config: parsed.data, directory: dirname(resolve(file)), environment, files, place };
}
