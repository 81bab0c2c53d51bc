import BetterSqlite from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { Migrator } from "kysely/migration";
import { LRUCache } from "lru-cache";
import { migrations } from "./migrations.ts";
import type { Database } from "./schema.ts";

/** How many values one SQLite statement may bind; its own limit is 32,766. */
export const maxParameters = 30_000;

export interface SqliteHandle {
  db: Kysely<Database>;
  raw: BetterSqlite.Database;
  close(): Promise<void>;
}

/**
 * Opens the embedded database.
 * The writer thread holds the only writable handle; readers see the last commit through WAL and are never blocked by it.
 */
export function openSqlite(file: string, mode: "read" | "write"): SqliteHandle {
  const raw = new BetterSqlite(file, mode === "read" ? { readonly: true, fileMustExist: true } : {});
  if (mode === "write") {
    raw.pragma("journal_mode = WAL");
    // FULL: a commit that was acknowledged is on the disk, also when the power fails.
    raw.pragma("synchronous = FULL");
    raw.pragma("wal_autocheckpoint = 4000");
  }
  raw.pragma("busy_timeout = 5000");
  raw.pragma("cache_size = -65536");
  raw.pragma("mmap_size = 268435456");
  raw.pragma("temp_store = MEMORY");
  const db = new Kysely<Database>({ dialect: new SqliteDialect({ database: remembering(raw) }) });
  return { db, raw, close: () => db.destroy() };
}

/** Preparing costs more than most of our statements themselves; Kysely would prepare each anew. */
function remembering(raw: BetterSqlite.Database) {
  const statements = new LRUCache<string, BetterSqlite.Statement>({ max: 1_000 });
  return {
    prepare(sql: string) {
      const known = statements.get(sql) ?? raw.prepare(sql);
      statements.set(sql, known);
      return known;
    },
    close: () => void raw.close(),
  };
}

/** Brings the schema up to date. Safe to call at every start. */
export async function migrate(db: Kysely<Database>): Promise<void> {
  const { error } = await new Migrator({ db, provider: migrations }).migrateToLatest();
  if (error) throw error;
}
