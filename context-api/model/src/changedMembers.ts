import { isDeepStrictEqual } from "node:util";
import type { Edge } from "./records.ts";

/** A member of a record that changed, as a path with slashes: `/arr/amount`. Lists are compared as one value. */
export interface ChangedMember {
  name: string;
  value: unknown;
  /** Values of a list that its previous version lacks. Absent for other members. */
  added?: readonly unknown[];
}

/** Members that change with every version, or that describe the mapping. */
const ignoredMembers = ["/updatedAt", "/notMapped", "/fieldsGone"];

/** The members of a record that differ from its previous version. Every member differs when there is none. */
export function changedMembers(previous: unknown, next: unknown, path = ""): ChangedMember[] {
  if (ignoredMembers.includes(path) || isDeepStrictEqual(previous, next)) return [];
  const [previousMembers, nextMembers] = [membersOf(previous), membersOf(next)];
  if (!previousMembers && !nextMembers)
    return [{ name: path, value: next, ...(Array.isArray(next) && { added: addedTo(previous, next) }) }];
  const names = new Set([...Object.keys(previousMembers ?? {}), ...Object.keys(nextMembers ?? {})]);
  return [...names].flatMap((name) => changedMembers(previousMembers?.[name], nextMembers?.[name], `${path}/${name}`));
}

function addedTo(previous: unknown, next: readonly unknown[]): unknown[] {
  const previousValues: readonly unknown[] = Array.isArray(previous) ? previous : [];
  return next.filter((value) => !previousValues.some((candidate) => isDeepStrictEqual(candidate, value)));
}

/** The edges of a record as members: targets by relation. */
export const edgeMembers = (edges: readonly Edge[]): Record<string, string[]> =>
  Object.fromEntries([...Map.groupBy(edges, ({ rel }) => rel)].map(([rel, group]) => [rel, group.map(({ to }) => to).sort()]));

/** A copy of a record with some members taken from another version of it. */
export function withMembers(record: unknown, names: readonly string[], source: unknown): unknown {
  const copy = structuredClone(record);
  for (const name of names) {
    const path = name.split("/").slice(1);
    const last = path.pop();
    const parent = path.reduce<unknown>((value, key) => membersOf(value)?.[key], copy);
    const members = membersOf(parent);
    if (members && last !== undefined)
      members[last] = [...path, last].reduce<unknown>((value, key) => membersOf(value)?.[key], source);
  }
  return copy;
}

const membersOf = (value: unknown): Record<string, unknown> | null =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
