import { readFile, realpath, stat } from "node:fs/promises";
import { dirname, extname, relative, resolve } from "node:path";
import { ConfigError, type ConfigIssue, type SourceLocation } from "./issues.ts";
import { merge } from "./merge.ts";
import { type LocatedNode, parseWithLocations } from "./sourceLocation.ts";

/** Every file that was tried, with its stamp from before it was read. */
type Files = Map<string, string>;

/** Texts that are not written yet, by file. They are read instead of the files. */
export type UnsavedTexts = ReadonlyMap<string, string>;

/**
 * Reads a file over the files it includes, and the overlay of the environment over all of them.
 * @throws {ConfigError}
 */
export async function readFiles(
  file: string,
  environment: string | null,
  unsavedTexts: UnsavedTexts = new Map(),
): Promise<{ root: LocatedNode; files: ReadonlyMap<string, string> }> {
  const files: Files = new Map();
  try {
    const main = await readTree(file, [], fileIssue(file, "cannot be read"), { files, unsaved: unsavedTexts });
    if (environment === null) return { root: main, files };
    const overlay = overlayOf(file, environment);
    const missingIssue = fileIssue(overlay, `cannot be read; SIDELIGHT_ENVIRONMENT is ${environment}`);
    return { root: merge(main, await readTree(overlay, [], missingIssue, { files, unsaved: unsavedTexts })), files };
  } catch (error) {
    throw error instanceof ConfigError ? new ConfigError(error.issues, files) : error;
  }
}

/** `sidelight.yaml` → `sidelight.staging.yaml` */
export function overlayOf(file: string, environment: string): string {
  const extension = extname(file);
  return `${file.slice(0, file.length - extension.length)}.${environment}${extension}`;
}

/** Changes when the file changes. */
export async function fileStamp(file: string): Promise<string> {
  const { mtimeMs, size } = await stat(file).catch(() => ({ mtimeMs: 0, size: 0 }));
  return `${mtimeMs}:${size}`;
}

/**
 * @param parents the files that include this one
 * @param missingIssue the issue to report when the file cannot be read
 */
async function readTree(
  file: string,
  parents: readonly string[],
  missingIssue: ConfigIssue,
  reading: { files: Files; unsaved: UnsavedTexts },
): Promise<LocatedNode> {
  reading.files.set(file, await fileStamp(file));
  const text = reading.unsaved.get(file) ?? (await readFile(file, "utf8").catch(() => null));
  if (text === null) throw new ConfigError([missingIssue]);
  const { content, includes } = splitIncludes(parseWithLocations(file, text));
  const chain = [...parents, await realpath(file).catch(() => file)];
  const trees: LocatedNode[] = [];
  for (const { path, location, issue } of includes) {
    const target = resolve(dirname(file), path);
    const cycleStart = chain.indexOf(await realpath(target).catch(() => target));
    if (cycleStart !== -1) throw new ConfigError([issue(`includes itself: ${chainText(chain.slice(cycleStart))}`)]);
    trees.push(await readTree(target, chain, { ...issue(`${path} cannot be read`), location }, reading));
  }
  return [...trees, content].reduce(merge);
}

interface Include {
  path: string;
  location: SourceLocation;
  issue(message: string): ConfigIssue;
}

function splitIncludes(root: LocatedNode): { content: LocatedNode; includes: Include[] } {
  const issueAt = (path: PropertyKey[], location: SourceLocation) => (message: string) => ({ path, location, message });
  if (root.kind !== "map") throw new ConfigError([issueAt([], root)("expected object, as in version: 1")]);
  const members = new Map(root.members);
  const list = members.get("include");
  members.delete("include");
  if (list && list.kind !== "list") throw new ConfigError([issueAt(["include"], list)("expected array of paths")]);
  const includes = (list?.items ?? []).map((item, i) => {
    const issue = issueAt(["include", i], item);
    if (item.kind !== "value" || typeof item.value !== "string")
      throw new ConfigError([issue("expected string, a path from this file")]);
    return { path: item.value, location: item, issue };
  });
  return { content: { ...root, members }, includes };
}

const fileIssue = (file: string, message: string): ConfigIssue => ({ path: null, message, location: { file, line: null } });

/** `a.yaml → b.yaml → a.yaml` */
function chainText(chain: readonly string[]): string {
  const [first = ""] = chain;
  return [...chain, first].map((file) => relative(dirname(first), file)).join(" → ");
}
