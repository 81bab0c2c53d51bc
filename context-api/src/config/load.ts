import { dirname, resolve } from "node:path";
import { readFiles, type UnsavedTexts } from "./files.ts";
import { ConfigError, type ConfigIssue, issuesOf, locateIssues, type SourceLocation } from "./issues.ts";
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

/** A configuration that the schema refuses. */
export interface RefusedConfig extends Pick<LoadedConfig, "files" | "locate"> {
  /** With their locations. */
  faults: readonly ConfigIssue[];
  /** The tenants as they are written, by name. */
  tenants: Readonly<Record<string, unknown>>;
}

/**
 * Reads a configuration with all its files and checks it against the schema. Settings of platforms are checked elsewhere.
 * @param environment the overlay to apply: `sidelight.staging.yaml` for staging
 * @param unsavedTexts texts to read instead of files, to check a change before it is written
 * @throws {ConfigError} with file, line and reason, when a file cannot be read or is not YAML
 */
export async function readConfig(
  file: string,
  environment: string | null = null,
  unsavedTexts: UnsavedTexts = new Map(),
): Promise<LoadedConfig | RefusedConfig> {
  const { root, files } = await readFiles(file, environment, unsavedTexts);
  const locate = (path: readonly PropertyKey[]) => locationAt(root, path);
  const plainConfig = plain(root);
  const parsed = SidelightConfig.safeParse(plainConfig);
  if (parsed.success) return { config: parsed.data, directory: dirname(resolve(file)), environment, files, locate };
  return { files, locate, faults: locateIssues(issuesOf(parsed.error), locate), tenants: tenantsOf(plainConfig) };
}

/** {@link readConfig} for a configuration that must be valid. @throws {ConfigError} with file, line and reason */
export async function loadConfig(...input: Parameters<typeof readConfig>): Promise<LoadedConfig> {
  const result = await readConfig(...input);
  if ("faults" in result) throw new ConfigError(result.faults, result.files);
  return result;
}

function tenantsOf(plainConfig: unknown): Readonly<Record<string, unknown>> {
  const tenants =
    typeof plainConfig === "object" && plainConfig !== null && "tenants" in plainConfig ? plainConfig.tenants : null;
  return typeof tenants === "object" && tenants !== null && !Array.isArray(tenants) ? { ...tenants } : {};
}
