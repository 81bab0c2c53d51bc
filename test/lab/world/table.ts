import type { Cause } from "./cause.ts";

export type Key = string | number;

/** One change of one row: what a journal line holds. `after` null means removed. */
export interface Change {
  table: string;
  key: Key;
  before: unknown;
  after: unknown;
}

/** Rows are immutable: a change is a new row put in place of the old one. */
export interface Table<T> {
  readonly name: string;
  readonly size: number;
  get(key: Key): T | undefined;
  values(): IterableIterator<T>;
  /** Rows whose index `name` gives `value`. */
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
  /** Runs `work`; its changes are kept together, or, when it throws, none of them. */
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

  const record = (table: string, key: Key, before: unknown, after: unknown): void => {
    if (loading) return;
    if (!pending) throw new Error(`write to ${table} outside a change`);
    pending.push({ table, key, before, after });
  };

  return {
    table<T>(name: string, spec: TableSpec<T>): Table<T> {
      const rows = new Map<Key, T>();
      const indexes = Object.entries(spec.indexes ?? {}).map(([label, of]) => ({ label, of, map: new Map<Key, Set<Key>>() }));
      const unindex = (key: Key, row: T): void => {
        for (const index of indexes) {
          const value = index.of(row);
          if (value != null) index.map.get(value)?.delete(key);
        }
      };
      const set = (row: T): T | undefined => {
        const key = spec.key(row);
        const before = rows.get(key);
        if (before) unindex(key, before);
        rows.set(key, row);
        for (const index of indexes) {
          const value = index.of(row);
          if (value == null) continue;
          const keys = index.map.get(value);
          if (keys) keys.add(key);
          else index.map.set(value, new Set([key]));
        }
        return before;
      };
      const unset = (key: Key): T | undefined => {
        const before = rows.get(key);
        if (before) {
          unindex(key, before);
          rows.delete(key);
        }
        return before;
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
          const before = set(row);
          record(name, spec.key(row), before ?? null, row);
        },
        remove(key) {
          const before = unset(key);
          if (before) record(name, key, before, null);
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
        for (const { table, key, before } of (pending ?? []).reverse()) {
          if (before === null) inner.get(table)!.remove(key);
          else inner.get(table)!.put(before);
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
    apply({ table, key, after }) {
      const target = inner.get(table);
      if (!target) return;
      if (after === null) target.remove(key);
      else target.put(after);
    },
    clear() {
      for (const target of inner.values()) target.clear();
    },
  };
}
