import BetterSqlite from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { Migrator } from "kysely/migration";
import { LRUCache } from "lru-cache";
import { migrations } from "./migrations.ts";
import type { Database } from "./schema.ts";

export interface SqliteHandle {
  db: Kysely<Database>;
  raw: BetterSqlite.Database;
  close(): Promise<void>;
}

/**
 * Opens the embedded database.
 * The writer thread has the only writable handle. Readers see the last commit through WAL and are never blocked by the writer.
 */
export function openSqlite(file: string, mode: "read" | "write"): SqliteHandle {
  const raw = new BetterSqlite(file, mode === "read" ? { readonly: true, fileMustExist: true } : {});
  if (mode === "write") {
    raw.pragma("journal_mode = WAL");
    // FULL: an acknowledged commit is on the disk, also after a power failure.
    raw.pragma("synchronous = FULL");
    raw.pragma("wal_autocheckpoint = 4000");
  }
  raw.pragma("busy_timeout = 5000");
  raw.pragma("cache_size = -65536");
  raw.pragma("mmap_size = 268435456");
  raw.pragma("temp_store = MEMORY");
  const db = new Kysely<Database>({ dialect: new SqliteDialect({ database: cacheStatements(raw) }) });
  return { db, raw, close: () => db.destroy() };
}

/** Kysely prepares a statement on every call, which costs more than running most of ours. */
function cacheStatements(raw: BetterSqlite.Database) {
  const statements = new LRUCache<string, BetterSqlite.Statement>({ max: 1_000 });
  return {
    prepare(sql: string) {
      const statement = statements.get(sql) ?? raw.prepare(sql);
      statements.set(sql, statement);
      return statement;
    },
    close: () => void raw.close(),
  };
}

/** Brings the schema up to date. Safe to call at every start. */
export async function migrate(db: Kysely<Database>): Promise<void> {
  const { error } = await new Migrator({ db, provider: migrations }).migrateToLatest();
  if (error) throw error;
}
