import type { Change } from "../world/table.ts";

/** One row before and after a whole change; null where there was or is none. */
export interface NetChange<T> {
  before: T | null;
  after: T | null;
}

/** A table's rows that a change left different, each once, in the order in which they were first touched. */
export function netChanges<T>(changes: readonly Change[], table: string): NetChange<T>[] {
  const rows = new Map<string | number, NetChange<T>>();
  for (const change of changes) {
    if (change.table !== table) continue;
    const known = rows.get(change.key);
    rows.set(change.key, { before: known ? known.before : (change.before as T | null), after: change.after as T | null });
  }
  return [...rows.values()].filter(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after));
}
