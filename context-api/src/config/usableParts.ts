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
  const removedParts = new Map<string, readonly PropertyKey[]>();
  for (let round = 0; round < maxRounds; round++) {
    const parsed = TenantConfig.safeParse(without(tenant, removedParts, []));
    if (parsed.success)
      return { config: parsed.data, removed: [...removedParts.values()], writtenPath: (path) => writtenPath(path, removedParts) };
    const faults = issuesOf(parsed.error).map(({ path }) =>
      nearestValue(tenant, writtenPath(path ?? [], removedParts), removedParts),
    );
    for (const path of faults) removedParts.set(keyOf(path), path);
    if (faults.some((path) => path.length === 0)) return null;
  }
  return null;
}

type Removed = ReadonlyMap<string, readonly PropertyKey[]>;

const keyOf = (path: readonly PropertyKey[]): string => JSON.stringify(path);

function without(value: unknown, removedParts: Removed, path: readonly PropertyKey[]): unknown {
  const isKept = (name: PropertyKey): boolean => !removedParts.has(keyOf([...path, name]));
  if (Array.isArray(value)) return value.flatMap((item, i) => (isKept(i) ? [without(item, removedParts, [...path, i])] : []));
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).filter(([name]) => isKept(name));
  return Object.fromEntries(members.map(([name, member]) => [name, without(member, removedParts, [...path, name])]));
}

/** The value at a path, or the nearest one above it: a value that lacks a member has a fault itself. */
function nearestValue(root: unknown, path: readonly PropertyKey[], removedParts: Removed): readonly PropertyKey[] {
  let nearest = path;
  while (nearest.length > 0 && (valueAt(root, nearest) === undefined || removedParts.has(keyOf(nearest))))
    nearest = nearest.slice(0, -1);
  return nearest;
}

const valueAt = (root: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (node, name) => (typeof node === "object" && node !== null ? (node as Record<PropertyKey, unknown>)[name] : undefined),
    root,
  );

function writtenPath(path: readonly PropertyKey[], removedParts: Removed): PropertyKey[] {
  const pathInFile: PropertyKey[] = [];
  for (const part of path) pathInFile.push(typeof part === "number" ? writtenIndex(part, pathInFile, removedParts) : part);
  return pathInFile;
}

/** The index before items of the list were removed. */
function writtenIndex(index: number, list: readonly PropertyKey[], removedIndexes: Removed): number {
  let indexInFile = -1;
  for (let keptIndex = -1; keptIndex < index; ) {
    indexInFile += 1;
    if (!removedIndexes.has(keyOf([...list, indexInFile]))) keptIndex += 1;
  }
  return indexInFile;
}
