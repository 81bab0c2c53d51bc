import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { SidelightConfig } from "./schema.ts";

export interface LoadedConfig {
  config: SidelightConfig;
  /** Names this configuration in every answer. */
  version: string;
  /** Folder that relative paths in it start from. */
  directory: string;
}

/** A configuration that can't be used: what is wrong and where. Shown as it is. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/**
 * Reads and checks the configuration file.
 * @throws {ConfigError} naming file, line and reason
 */
export async function loadConfig(file: string): Promise<LoadedConfig> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch {
    throw new ConfigError(`${file}: cannot be read`);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [broken] = document.errors;
  if (broken) throw new ConfigError(`${file}:${lines.linePos(broken.pos[0]).line}: ${broken.message}`);
  const parsed = SidelightConfig.safeParse(plain(file, document));
  if (!parsed.success) throw new ConfigError(explain(file, parsed.error, (path) => lineOf(document, lines, path)));
  const version = `v${createHash("sha256").update(text).digest("hex").slice(0, 8)}`;
  return { config: parsed.data, version, directory: dirname(resolve(file)) };
}

/** Aliases are followed only now: to nowhere, perhaps, or without end. */
function plain(file: string, document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new ConfigError(`${file}: ${error instanceof Error ? error.message : "cannot be read"}`);
  }
}

/** One line for each issue: `file:line: path: reason`. */
export function explain(file: string, error: z.ZodError, line: (path: PropertyKey[]) => number | null): string {
  return error.issues
    .map((issue) => {
      const at = line(issue.path);
      return `${file}${at === null ? "" : `:${at}`}: ${issue.path.map(String).join(".") || "the file"}: ${issue.message}`;
    })
    .join("\n");
}

function lineOf(document: ReturnType<typeof parseDocument>, lines: LineCounter, path: PropertyKey[]): number | null {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (typeof node === "object" && node !== null && "range" in node && Array.isArray(node.range)) {
      return lines.linePos(Number(node.range[0])).line;
    }
  }
  return null;
}
