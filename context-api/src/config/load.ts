import { dirname, resolve } from "node:path";
import { readFiles } from "./files.ts";
import { ConfigError, issuesOf, locateIssues, type SourceLocation } from "./issues.ts";
import { SidelightConfig } from "./schema.ts";
import { locationAt, plain } from "./sourceLocation.ts";

export interface LoadedConfig {
  config: SidelightConfig;
  /** The folder of the main file: relative paths start from it. */
  directory: string;
  /** Name of the overlay; null for none. */
  environment: string | null;
  /** The files that were read, each with a stamp that changes when the file changes. */
  files: ReadonlyMap<string, string>;
  /** The location of the value at a path, or of the nearest value above it. */
  locate(path: readonly PropertyKey[]): SourceLocation;
}

/**
 * Reads a configuration with all its files and checks it against the schema. Settings of platforms are checked elsewhere.
 * @param environment the overlay to apply: `sidelight.staging.yaml` for staging
 * @throws {ConfigError} with file, line and reason
 */
export async function loadConfig(file: string, environment: string | null = null): Promise<LoadedConfig> {
  const { root, files } = await readFiles(file, environment);
  const locate = (path: readonly PropertyKey[]) => locationAt(root, path);
  const parsed = SidelightConfig.safeParse(plain(root));
  if (!parsed.success) throw new ConfigError(locateIssues(issuesOf(parsed.error), locate), files);
  return { config: parsed.data, directory: dirname(resolve(file)), environment, files, locate };
}
