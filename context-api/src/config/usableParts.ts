import { issuesOf } from "./issues.ts";
import { TenantConfig } from "./schema.ts";

/** A tenant's configuration without the values that the schema refuses, so that its other values can be checked in the same run. */
export interface UsableParts {
  config: TenantConfig;
  /** Paths of the removed values in the tenant's configuration as it is written. */
  removed: readonly (readonly PropertyKey[])[];
  /** The path of a value of `config` in the configuration as it is written: lists can have lost items. */
  writtenPath(path: readonly PropertyKey[]): PropertyKey[];
}

/** Each round removes at least one value. Faults below faults are rare. */
const maxRounds = 20;

/** Null when nothing of the tenant can be used. */
export function usableParts(tenant: unknown): UsableParts | null {
  const removed = new Map<string, readonly PropertyKey[]>();
  for (let round = 0; round < maxRounds; round++) {
    const parsed = TenantConfig.safeParse(without(tenant, removed, []));
    if (parsed.success)
      return { config: parsed.data, removed: [...removed.values()], writtenPath: (path) => writtenPath(path, removed) };
    const faults = issuesOf(parsed.error).map(({ path }) => nearestValue(tenant, writtenPath(path ?? [], removed), removed));
    for (const path of faults) removed.set(keyOf(path), path);
    if (faults.some((path) => path.length === 0)) return null;
  }
  return null;
}

type Removed = ReadonlyMap<string, readonly PropertyKey[]>;

const keyOf = (path: readonly PropertyKey[]): string => JSON.stringify(path);

function without(value: unknown, removed: Removed, path: readonly PropertyKey[]): unknown {
  const isKept = (name: PropertyKey): boolean => !removed.has(keyOf([...path, name]));
  if (Array.isArray(value)) return value.flatMap((item, i) => (isKept(i) ? [without(item, removed, [...path, i])] : []));
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).filter(([name]) => isKept(name));
  return Object.fromEntries(members.map(([name, member]) => [name, without(member, removed, [...path, name])]));
}

/** The value at a path, or the nearest one above it: a value that lacks a member has a fault itself. */
function nearestValue(root: unknown, path: readonly PropertyKey[], removed: Removed): readonly PropertyKey[] {
  let nearest = path;
  while (nearest.length > 0 && (valueAt(root, nearest) === undefined || removed.has(keyOf(nearest))))
    nearest = nearest.slice(0, -1);
  return nearest;
}

const valueAt = (root: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (node, name) => (typeof node === "object" && node !== null ? (node as Record<PropertyKey, unknown>)[name] : undefined),
    root,
  );

function writtenPath(path: readonly PropertyKey[], removed: Removed): PropertyKey[] {
  const written: PropertyKey[] = [];
  for (const part of path) written.push(typeof part === "number" ? writtenIndex(part, written, removed) : part);
  return written;
}

/** The index before items of the list were removed. */
function writtenIndex(index: number, list: readonly PropertyKey[], removed: Removed): number {
  let written = -1;
  for (let kept = -1; kept < index; ) {
    written += 1;
    if (!removed.has(keyOf([...list, written]))) kept += 1;
  }
  return written;
}
