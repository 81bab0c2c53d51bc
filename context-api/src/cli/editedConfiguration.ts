import { stat } from "node:fs/promises";
import {
  differenceText,
  editConnection,
  editTenant,
  isEmptyFile,
  readText,
  replaceFile,
  type SettingChange,
} from "../config/edit.ts";
import { type LoadedConfig, loadConfig } from "../config/load.ts";
import type { ConnectionConfig } from "../config/schema.ts";
import { CommandError } from "./errors.ts";

/** A configuration that a command changes. Nothing is written before {@link EditedConfiguration.write}. */
export interface EditedConfiguration {
  file: string;
  environment: string | null;
  /** A connection with all its files merged; null when there is none. */
  connection(tenant: string, id: string): ConnectionConfig | null;
  /** New texts by file. A value is changed in the file that sets it; a new one is written to the file that has the connection. */
  edit(tenant: string, id: string, changes: readonly SettingChange[]): ReadonlyMap<string, string>;
  /** The new text, by file, with one value of the tenant: in the file that sets a part of its path, or that has its connections. */
  editTenant(tenant: string, path: readonly string[], value: unknown): ReadonlyMap<string, string>;
  /** What the texts change, for the operator. */
  difference(texts: ReadonlyMap<string, string>): string;
  /** @throws {CommandError} when a file cannot be replaced, or has changed since it was read */
  checkFiles(texts: ReadonlyMap<string, string>): Promise<void>;
  /** Checks the files, and writes those that change. */
  write(texts: ReadonlyMap<string, string>): Promise<void>;
}

/** @throws {ConfigError} when the files cannot be used */
export async function openConfiguration(file: string, environment: string | null): Promise<EditedConfiguration> {
  const isNew = isEmptyFile(await readText(file));
  const loaded = isNew ? null : await loadConfig(file, environment);
  const files = [...new Set([file, ...(loaded?.files.keys() ?? [])])];
  const texts = new Map(await Promise.all(files.map(async (name) => [name, await readText(name)] as const)));

  async function checkFiles(next: ReadonlyMap<string, string>): Promise<void> {
    for (const [name, text] of next) {
      const current = texts.get(name) ?? "";
      if ((await readText(name)) !== current)
        throw new CommandError(`${name} has changed since it was read. Nothing was written. Run the command again.`);
      // A replacement by rename would not notice it.
      if (text !== current && (await isReadOnly(name)))
        throw new CommandError(
          `${name} is read-only. Nothing was written. Make it writable, or change it by hand as shown above.`,
        );
    }
  }

  return {
    file,
    environment,
    connection: (tenant, id) => loaded?.config.tenants[tenant]?.connections.find((candidate) => candidate.id === id) ?? null,
    edit(tenant, id, changes) {
      const byFile = new Map<string, SettingChange[]>();
      for (const change of changes) {
        const target = loaded ? fileOf(loaded, tenant, id, change.path, file) : file;
        byFile.set(target, [...(byFile.get(target) ?? []), change]);
      }
      return new Map([...byFile].map(([name, list]) => [name, editConnection(texts.get(name) ?? "", tenant, id, list)]));
    },
    editTenant(tenant, path, value) {
      const target = loaded ? fileOfTenant(loaded, tenant, path, file) : file;
      return new Map([[target, editTenant(texts.get(target) ?? "", tenant, path, value)]]);
    },
    difference: (next) => [...next].map(([name, text]) => differenceText(name, texts.get(name) ?? "", text)).join("\n"),
    checkFiles,
    async write(next) {
      await checkFiles(next);
      for (const [name, text] of next) if (text !== texts.get(name)) await replaceFile(name, text);
    },
  };
}

const isReadOnly = (file: string): Promise<boolean> =>
  stat(file).then(
    ({ mode }) => (mode & 0o222) === 0,
    () => false,
  );

/** The file that sets a value, or that has the connection when the value is new; the main file for a new connection. */
function fileOf({ config, locate }: LoadedConfig, tenant: string, id: string, path: readonly string[], main: string): string {
  const index = config.tenants[tenant]?.connections.findIndex((connection) => connection.id === id) ?? -1;
  if (index === -1) return main;
  return locate(["tenants", tenant, "connections", index, ...path])?.file ?? main;
}

/** The file that sets the longest part of the path, or that has the tenant's connections. */
function fileOfTenant({ locate }: LoadedConfig, tenant: string, path: readonly string[], main: string): string {
  for (let length = path.length; length > 0; length -= 1) {
    const location = locate(["tenants", tenant, ...path.slice(0, length)]);
    if (location) return location.file;
  }
  return locate(["tenants", tenant, "connections"])?.file ?? main;
}
