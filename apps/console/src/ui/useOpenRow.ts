import { type KeyboardEvent, type RefObject, useRef, useState } from "react";

export interface OpenRow<T> {
  /** Of the list element. Its rows have `data-id`, and a `.row-title` that takes the focus. */
  listElement: RefObject<HTMLUListElement>;
  item: T | null;
  isOpen(id: string): boolean;
  toggle(id: string): void;
  /** Opens the row this far from the open one. */
  move(offset: number): void;
  /** Opens the row that follows those that are about to leave the list. */
  moveAfter(removedIds: readonly string[]): void;
}

/** The one row of a list that is open. */
export function useOpenRow<T extends { id: string }>(items: readonly T[]): OpenRow<T> {
  const [openId, setOpenId] = useState<string | null>(null);
  const listElement = useRef<HTMLUListElement>(null);

  const open = (id: string | undefined): void => {
    if (id === undefined) return;
    setOpenId(id);
    listElement.current?.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"] .row-title`)?.focus();
  };

  return {
    listElement,
    item: items.find(({ id }) => id === openId) ?? null,
    isOpen: (id) => id === openId,
    toggle: (id) => setOpenId(id === openId ? null : id),
    move(offset) {
      const index = items.findIndex(({ id }) => id === openId);
      open(items[Math.min(Math.max(index + offset, 0), items.length - 1)]?.id);
    },
    moveAfter(removedIds) {
      const first = items.findIndex(({ id }) => removedIds.includes(id));
      const remaining = items.filter(({ id }) => !removedIds.includes(id));
      const next = remaining[Math.min(Math.max(first, 0), remaining.length - 1)];
      requestAnimationFrame(() => open(next?.id));
    },
  };
}

/** Runs the action of a key, unless a person is entering a value. */
export function onKey(actions: Readonly<Record<string, () => void>>): (event: KeyboardEvent) => void {
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isEntering(event.target)) return;
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  };
}

/** A letter in these is a value, or chooses one. */
const isEntering = (target: EventTarget): boolean =>
  target instanceof HTMLElement && target.matches("select, textarea, input:not([type=checkbox], [type=radio])");
