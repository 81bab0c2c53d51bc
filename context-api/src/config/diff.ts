import { isDeepStrictEqual } from "node:util";

/** One value that differs. Undefined where there is none. */
export interface Change {
  /** Items that have an id are named by it. */
  path: string[];
  before: unknown;
  after: unknown;
}

/** What became of a tree of plain values, leaf by leaf. */
export function changesBetween(before: unknown, after: unknown, path: string[] = []): Change[] {
  if (isDeepStrictEqual(before, after)) return [];
  const [old, now] = [membersOf(before), membersOf(after)];
  if (!old || !now) return [{ path, before, after }];
  const keys = new Set([...old.keys(), ...now.keys()]);
  return [...keys].flatMap((key) => changesBetween(old.get(key), now.get(key), [...path, key]));
}

/** Of a map, or of a list whose items all have an id of their own; null for what is compared as a whole. */
function membersOf(value: unknown): Map<string, unknown> | null {
  if (typeof value !== "object" || value === null) return null;
  if (!Array.isArray(value)) return new Map(Object.entries(value));
  const ids = value.map((item: { id?: unknown } | null) => item?.id);
  if (!ids.every((id) => typeof id === "string") || new Set(ids).size < ids.length) return null;
  return new Map(value.map((item: { id: string }) => [item.id, item]));
}
