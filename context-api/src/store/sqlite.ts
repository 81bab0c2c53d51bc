import { isMainThread } from "node:worker_threads";
import BetterSqlite from "better-sqlite3";
import { type CompiledQuery, Kysely, SqliteAdapter, SqliteDialect } from "kysely";
import { Migrator } from "kysely/migration";
import { LRUCache } from "lru-cache";
import { migrationNames, migrations } from "./migrations.ts";
import { damagedStore, newerStore } from "./openError.ts";
import type { Database } from "./schema.ts";

export interface SqliteHandle {
  db: Kysely<Database>;
  raw: BetterSqlite.Database;
  /** Runs a compiled query of a handle that only reads: without the layers of Kysely, which cost as much as the query. */
  select<Row>(query: CompiledQuery<Row>): Promise<Row[]>;
  close(): Promise<void>;
}

/**
 * Handles and statements of a thread, until it ends. Node.js 24 can crash with SIGSEGV when native objects are collected while their
 * thread ends.
 */
const nativeObjects: unknown[] = [];

/**
 * Opens the embedded database. Only the mode `write` creates a file.
 * The writer thread has the only writable handle. Readers see the last commit through WAL and are never blocked by the writer.
 */
export function openSqlite(file: string, mode: "read" | "write" | "rewrite"): SqliteHandle {
  const raw = new BetterSqlite(file, { readonly: mode === "read", fileMustExist: mode !== "write" });
  if (mode !== "read") {
    raw.pragma("journal_mode = WAL");
    // FULL: an acknowledged commit is on the disk, also after a power failure.
    raw.pragma("synchronous = FULL");
    raw.pragma("wal_autocheckpoint = 4000");
  }
  raw.pragma("busy_timeout = 5000");
  // Small: the operating system caches the file too, and memory of the process counts against its limit.
  raw.pragma("cache_size = -16384");
  raw.pragma("temp_store = MEMORY");
  const database = cacheStatements(raw);
  if (!isMainThread) nativeObjects.push(database);
  const dialect = mode === "read" ? new ReadDialect({ database }) : new SqliteDialect({ database });
  const db = new Kysely<Database>({ dialect });
  return {
    db,
    raw,
    select: async <Row>({ sql, parameters }: CompiledQuery<Row>) => database.prepare(sql).all(parameters) as Row[],
    close: () => db.destroy(),
  };
}

/**
 * Queries of a handle that only reads need no queue: each is answered at once. In Kysely's queue for one connection, every query that waits
 * is woken by every query that ends.
 */
class ReadDialect extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new ReadAdapter();
  }
}

class ReadAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
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

/**
 * Brings the schema up to date. Safe to call at every start, also after a start that was interrupted: it changes all or nothing.
 * @throws {StoreOpenError} for a file of a newer release or of another program
 */
export async function migrate({ db, raw }: Pick<SqliteHandle, "db" | "raw">): Promise<void> {
  if (appliedMigrations(raw).length === migrationNames.length) return;
  // Kysely's migrator uses no transaction for SQLite.
  raw.exec("begin immediate");
  try {
    const { error } = await new Migrator({ db, provider: migrations }).migrateToLatest();
    if (error) throw error;
    raw.exec("commit");
  } catch (error) {
    // After some errors SQLite has rolled back itself.
    if (raw.inTransaction) raw.exec("rollback");
    throw error;
  }
}

/** Names of the migrations that the file has had; none for a new file. @throws {StoreOpenError} */
function appliedMigrations(raw: BetterSqlite.Database): string[] {
  const tables = raw.prepare("select name from sqlite_master where type = 'table'").pluck().all();
  if (tables.length === 0) return [];
  if (!tables.includes("kysely_migration")) throw damagedStore(raw.name);
  const appliedNames = raw.prepare("select name from kysely_migration").pluck().all() as string[];
  const unknownName = appliedNames.find((name) => !migrationNames.includes(name));
  if (unknownName !== undefined) throw newerStore(raw.name, unknownName);
  return appliedNames;
}
