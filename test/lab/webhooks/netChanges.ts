import type { Change } from "../world/table.ts";

/** One row before and after a change. Null when the row did not or does not exist. */
export interface NetChange<T> {
  previous: T | null;
  next: T | null;
}

/** Rows of a table that a change modified, each once, in the order of their first modification. */
export function netChanges<T>(changes: readonly Change[], table: string): NetChange<T>[] {
  const rows = new Map<string | number, NetChange<T>>();
  for (const change of changes) {
    if (change.table !== table) continue;
    const existing = rows.get(change.key);
    rows.set(change.key, {
      previous: existing ? existing.previous : (change.previous as T | null),
      next: change.next as T | null,
    });
  }
  return [...rows.values()].filter(({ previous, next }) => JSON.stringify(previous) !== JSON.stringify(next));
}
