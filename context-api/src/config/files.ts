import { readFile, realpath, stat } from "node:fs/promises";
import { dirname, extname, relative, resolve } from "node:path";
import { ConfigError, type ConfigIssue, type Place } from "./issues.ts";
import { merge } from "./merge.ts";
import { type Placed, parsePlaced } from "./sourceLocation.ts";

/** Every file that was looked for, with its stamp from before it was read. */
type Files = Map<string, string>;

/**
 * Reads a file over those that it includes, and the environment's overlay over the whole.
 * @throws {ConfigError}
 */
export async function readFiles(
  file: string,
  environment: string | null,
): Promise<{ root: Placed; files: ReadonlyMap<string, string> }> {
  const files: Files = new Map();
  try {
    const main = await readTree(file, [], unread(file, "cannot be read"), files);
    if (environment === null) return { root: main, files };
    const overlay = overlayOf(file, environment);
    const missing = unread(overlay, `cannot be read; SIDELIGHT_ENVIRONMENT is ${environment}`);
    return { root: merge(main, await readTree(overlay, [], missing, files)), files };
  } catch (error) {
    throw error instanceof ConfigError ? new ConfigError(error.issues, files) : error;
  }
}

/** `sidelight.yaml` → `sidelight.staging.yaml` */
export function overlayOf(file: string, environment: string): string {
  const extension = extname(file);
  return `${file.slice(0, file.length - extension.length)}.${environment}${extension}`;
}

/** Is another when the file has changed. */
export async function stampOf(file: string): Promise<string> {
  const { mtimeMs, size } = await stat(file).catch(() => ({ mtimeMs: 0, size: 0 }));
  return `${mtimeMs}:${size}`;
}

/**
 * @param above the files that led here
 * @param missing what to say when there is no such file
 */
async function readTree(file: string, above: readonly string[], missing: ConfigIssue, files: Files): Promise<Placed> {
  files.set(file, await stampOf(file));
  const text = await readFile(file, "utf8").catch(() => Promise.reject(new ConfigError([missing])));
  const { own, includes } = withoutIncludes(parsePlaced(file, text));
  const chain = [...above, await realpath(file)];
  const trees: Placed[] = [];
  for (const { path, place, issue } of includes) {
    const target = resolve(dirname(file), path);
    const circle = chain.indexOf(await realpath(target).catch(() => target));
    if (circle !== -1) throw new ConfigError([issue(`goes round in a circle: ${circleText(chain.slice(circle))}`)]);
    trees.push(await readTree(target, chain, { ...issue(`${path} cannot be read`), place }, files));
  }
  return [...trees, own].reduce(merge);
}

interface Include {
  path: string;
  place: Place;
  issue(message: string): ConfigIssue;
}

function withoutIncludes(root: Placed): { own: Placed; includes: Include[] } {
  const issue = (path: PropertyKey[], place: Place) => (message: string) => ({ path, place, message });
  if (root.kind !== "map") throw new ConfigError([issue([], root)("expected object, as in version: 1")]);
  const members = new Map(root.members);
  const list = members.get("include");
  members.delete("include");
  if (list && list.kind !== "list") throw new ConfigError([issue(["include"], list)("expected array of paths")]);
  const includes = (list?.items ?? []).map((item, i) => {
    const told = issue(["include", i], item);
    if (item.kind !== "value" || typeof item.value !== "string")
      throw new ConfigError([told("expected string, a path from this file")]);
    return { path: item.value, place: item, issue: told };
  });
  return { own: { ...root, members }, includes };
}

const unread = (file: string, message: string): ConfigIssue => ({ path: null, message, place: { file, line: null } });

/** `a.yaml → b.yaml → a.yaml` */
function circleText(chain: readonly string[]): string {
  const [first = ""] = chain;
  return [...chain, first].map((file) => relative(dirname(first), file)).join(" → ");
}
