import type { Cause } from "./cause.ts";

export type Key = string | number;

/** One change of one row, as in a journal line. `after` null means removed. */
export interface Change {
  table: string;
  key: Key;
  previous: unknown;
  next: unknown;
}

/** Rows are immutable: a change replaces the row. */
export interface Table<T> {
  readonly name: string;
  readonly size: number;
  get(key: Key): T | undefined;
  values(): IterableIterator<T>;
  /** Rows whose index `name` has the value `value`. */
  by(name: string, value: Key): T[];
  put(row: T): void;
  remove(key: Key): void;
}

interface TableSpec<T> {
  key: (row: T) => Key;
  indexes?: Record<string, (row: T) => Key | null | undefined>;
}

export interface Tables {
  table<T>(name: string, spec: TableSpec<T>): Table<T>;
  /** Runs `work` and commits its changes together. Reverts all of them when it throws. */
  change<R>(work: () => R, cause?: Cause): R;
  /** Fills the tables without recording changes. */
  load(work: () => void): void;
  apply(change: { table: string; key: Key; after: unknown }): void;
  clear(): void;
}

interface Inner {
  put(row: unknown): void;
  remove(key: Key): void;
  clear(): void;
}

/** The tables of one tenant. `onCommit` gets the changes of each completed `change`. */
export function createTables(onCommit: (changes: Change[], cause: Cause | null) => void): Tables {
  const inner = new Map<string, Inner>();
  let pending: Change[] | null = null;
  let loading = false;

  const record = (table: string, key: Key, previous: unknown, next: unknown): void => {
    if (loading) return;
    if (!pending) throw new Error(`write to ${table} outside a change`);
    pending.push({ table, key, previous, next });
  };

  return {
    table<T>(name: string, spec: TableSpec<T>): Table<T> {
      const rows = new Map<Key, T>();
      const indexes = Object.entries(spec.indexes ?? {}).map(([label, keyOf]) => ({
        label,
        of: keyOf,
        map: new Map<Key, Set<Key>>(),
      }));
      const unindex = (key: Key, row: T): void => {
        for (const index of indexes) {
          const value = index.of(row);
          if (value != null) index.map.get(value)?.delete(key);
        }
      };
      const set = (row: T): T | undefined => {
        const key = spec.key(row);
        const previous = rows.get(key);
        if (previous) unindex(key, previous);
        rows.set(key, row);
        for (const index of indexes) {
          const value = index.of(row);
          if (value == null) continue;
          const keys = index.map.get(value);
          if (keys) keys.add(key);
          else index.map.set(value, new Set([key]));
        }
        return previous;
      };
      const unset = (key: Key): T | undefined => {
        const previous = rows.get(key);
        if (previous) {
          unindex(key, previous);
          rows.delete(key);
        }
        return previous;
      };
      inner.set(name, {
        put: (row) => void set(row as T),
        remove: (key) => void unset(key),
        clear() {
          rows.clear();
          for (const index of indexes) index.map.clear();
        },
      });
      return {
        name,
        get size() {
          return rows.size;
        },
        get: (key) => rows.get(key),
        values: () => rows.values(),
        by(label, value) {
          const index = indexes.find((candidate) => candidate.label === label);
          if (!index) throw new Error(`table ${name} has no index ${label}`);
          return [...(index.map.get(value) ?? [])].map((key) => rows.get(key)!);
        },
        put(row) {
          const previous = set(row);
          record(name, spec.key(row), previous ?? null, row);
        },
        remove(key) {
          const previous = unset(key);
          if (previous) record(name, key, previous, null);
        },
      };
    },
    change(work, cause) {
      if (pending) return work();
      pending = [];
      try {
        const result = work();
        const changes = pending;
        pending = null;
        if (changes.length > 0) onCommit(changes, cause ?? null);
        return result;
      } catch (error) {
        for (const { table, key, previous } of (pending ?? []).reverse()) {
          if (previous === null) inner.get(table)!.remove(key);
          else inner.get(table)!.put(previous);
        }
        pending = null;
        throw error;
      }
    },
    load(work) {
      loading = true;
      try {
        work();
      } finally {
        loading = false;
      }
    },
    apply({ table, key, after: next }) {
      const target = inner.get(table);
      if (!target) return;
      if (next === null) target.remove(key);
      else target.put(next);
    },
    clear() {
      for (const target of inner.values()) target.clear();
    },
  };
}
