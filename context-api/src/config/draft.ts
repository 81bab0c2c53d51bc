import { ConfigError, type ConfigIssue, issuesOf, locateIssues } from "./issues.ts";
import { TenantConfig } from "./schema.ts";
import { locationAt, parseWithLocations, plain } from "./sourceLocation.ts";

/** A value of a tenant's configuration to set. Items of a list are named by their id, as in a diff. */
interface SetValue {
  path: readonly string[];
  /** Undefined removes the value, so that its default applies. */
  value?: unknown;
}

/** A configuration that a person proposes: the tenant's part as YAML, or values to change in the active one. */
export type ConfigDraft = { text: string } | { set: readonly SetValue[] };

/** Names the text in issues. */
const draftName = "text";

/** The configuration of a draft, or its faults. Settings of platforms are checked elsewhere. */
export function parseDraft(draft: ConfigDraft, active: TenantConfig): { config: TenantConfig } | { issues: ConfigIssue[] } {
  try {
    return "text" in draft ? parseText(draft.text) : parsedBySchema(withValues(active, draft.set));
  } catch (error) {
    if (error instanceof ConfigError) return { issues: [...error.issues] };
    throw error;
  }
}

function parseText(text: string): { config: TenantConfig } | { issues: ConfigIssue[] } {
  const root = parseWithLocations(draftName, text);
  const result = parsedBySchema(plain(root));
  if ("config" in result) return result;
  return { issues: locateIssues(result.issues, (path) => locationAt(root, path)) };
}

/** Adds the lines of a draft's text to issues that have none. Their paths start at the tenant. */
export const locateInDraft = (draft: ConfigDraft, issues: readonly ConfigIssue[]): ConfigIssue[] => {
  if (!("text" in draft)) return [...issues];
  const root = parseWithLocations(draftName, draft.text);
  return locateIssues(issues, (path) => locationAt(root, path));
};

function parsedBySchema(value: unknown): { config: TenantConfig } | { issues: ConfigIssue[] } {
  const parsed = TenantConfig.safeParse(value);
  return parsed.success ? { config: parsed.data } : { issues: issuesOf(parsed.error) };
}

/** @throws {ConfigError} for a path that leads through a value which has no members */
function withValues(config: TenantConfig, values: readonly SetValue[]): unknown {
  const next: unknown = structuredClone(config);
  for (const { path, value } of values) setAt(next, path, value);
  return next;
}

function setAt(root: unknown, path: readonly string[], value: unknown): void {
  const last = path.at(-1);
  if (last === undefined) throw noSuchPath(path);
  let parent = root;
  for (const name of path.slice(0, -1)) parent = memberOf(parent, name) ?? addMember(parent, name, path);
  if (Array.isArray(parent)) {
    const index = indexOf(parent, last);
    if (value === undefined && index >= 0) parent.splice(index, 1);
    else if (value !== undefined) parent.splice(index < 0 ? parent.length : index, 1, value);
    return;
  }
  if (!isMap(parent)) throw noSuchPath(path);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
}

function memberOf(parent: unknown, name: string): unknown {
  if (Array.isArray(parent)) return parent[indexOf(parent, name)];
  return isMap(parent) && Object.hasOwn(parent, name) ? parent[name] : undefined;
}

function addMember(parent: unknown, name: string, path: readonly string[]): Record<string, unknown> {
  if (!isMap(parent)) throw noSuchPath(path);
  const member = {};
  parent[name] = member;
  return member;
}

const indexOf = (items: readonly unknown[], name: string): number =>
  items.findIndex((item) => isMap(item) && item["id"] === name);

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const noSuchPath = (path: readonly string[]): ConfigError =>
  new ConfigError([{ path: [...path], message: "There is no such place in the configuration.", location: null }]);
