import { useState } from "react";

export interface Selection<T> {
  /** The selected ones of the list. */
  items: readonly T[];
  has(id: string): boolean;
  toggle(id: string): void;
  /** Selects all items, or none when all are selected. */
  toggleAll(): void;
  clear(): void;
}

/** Which items of a list a person selected. Items that left the list do not count. */
export function useSelection<T extends { id: string }>(items: readonly T[]): Selection<T> {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const selection = items.filter(({ id }) => ids.has(id));
  return {
    items: selection,
    has: (id) => ids.has(id),
    toggle: (id) =>
      setIds((previous) => {
        const next = new Set(previous);
        if (!next.delete(id)) next.add(id);
        return next;
      }),
    toggleAll: () => setIds(new Set(selection.length === items.length ? [] : items.map(({ id }) => id))),
    clear: () => setIds(new Set()),
  };
}
