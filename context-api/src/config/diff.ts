import { isDeepStrictEqual } from "node:util";

/** One value that differs; undefined where it is absent. */
export interface ValueChange {
  /** Items of a list are named by their id. */
  path: string[];
  previous: unknown;
  next: unknown;
}

/** The differences between two trees of plain values, leaf by leaf. */
export function changesBetween(previous: unknown, next: unknown, path: string[] = []): ValueChange[] {
  if (isDeepStrictEqual(previous, next)) return [];
  const [previousMembers, nextMembers] = [membersOf(previous), membersOf(next)];
  if (!previousMembers || !nextMembers) return [{ path, previous, next }];
  const keys = new Set([...previousMembers.keys(), ...nextMembers.keys()]);
  return [...keys].flatMap((key) => changesBetween(previousMembers.get(key), nextMembers.get(key), [...path, key]));
}

/** The members of a map, or of a list whose items all have an id of their own; null for values that are compared as one. */
function membersOf(value: unknown): Map<string, unknown> | null {
  if (typeof value !== "object" || value === null) return null;
  if (!Array.isArray(value)) return new Map(Object.entries(value));
  const ids = value.map((item: { id?: unknown } | null) => item?.id);
  if (!ids.every((id) => typeof id === "string") || new Set(ids).size < ids.length) return null;
  return new Map(value.map((item: { id: string }) => [item.id, item]));
}
