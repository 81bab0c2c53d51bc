import { existsSync, rmSync, statSync } from "node:fs";
import type { Statement as PreparedStatement } from "better-sqlite3";
import { LRUCache } from "lru-cache";
import { createPrivateFile, makePrivate } from "../security/privateFiles.ts";
import { damagedStore, interruptedRestore, openErrorOf, StoreReplacedError } from "./openError.ts";
import { bindTenant } from "./queries.ts";
import type { TenantsTable } from "./schema.ts";
import { migrate, openSqlite, type SqliteHandle } from "./sqlite.ts";
import type { Statement } from "./statement.ts";
import { type AppendRows, openAppendRows } from "./tables/appendRows.ts";
import { lastSequence } from "./tables/events.ts";
import type { Awaitable } from "./tables/preparedRows.ts";
import { openProjectionRows, type ProjectionRows } from "./tables/projectionRows.ts";
import type { TenantStore } from "./tenantStore.ts";

/** Runs a statement inside the open transaction. @returns the number of rows that changed */
export type Execute = (statement: Statement) => Awaitable<number>;

/**
 * The writable side of the store for one writer: one transaction at a time. The embedded store has one writer, on a thread of its own.
 */
export interface WriterStore {
  forTenant(tenant: string): TenantStore;
  appendRows(tenant: string): AppendRows;
  projectionRows(tenant: string): ProjectionRows;
  listTenants(): Promise<TenantsTable[]>;
  execute: Execute;
  /** Executes statements in their order. @returns how many rows each changed. @throws the error of the first that fails */
  executeAll(statements: readonly Statement[]): Awaitable<number[]>;
  /** @param isDurable whether its commit waits for the disk. What is derived from the log needs not to: it is derived again. */
  begin(options: { isDurable: boolean }): Awaitable<void>;
  /** Before reads and writes of another tenant inside the open transaction. */
  useTenant(tenant: string): Awaitable<void>;
  /** The last sequence of a tenant's log. */
  head(tenant: string): Promise<number>;
  /** The last sequence of a tenant's log. No other writer appends to it until the open transaction ends. */
  lockHead(tenant: string): Promise<number>;
  saveHead(tenant: string, sequence: number): Awaitable<void>;
  /**
   * Makes the open transaction one of the tenant's leader: no other process becomes the leader before it ends.
   * @param mode a projection excludes other projections; appends exclude only another leader
   * @returns the number of the last invalidations
   * @throws {LeadershipLostError}
   */
  requireLeader(tenant: string, epoch: number, mode: "append" | "project"): Promise<number>;
  /** Inside the open transaction: excludes projections of all processes. */
  lockProjections(tenant: string): Awaitable<void>;
  /**
   * Stores what the open transaction outdates for other processes, which notice it at the commit.
   * @param dependencies null for everything
   * @returns its number; 0 when no other process can use the store
   */
  publishInvalidations(tenant: string, dependencies: readonly string[] | null): Awaitable<number>;
  commit(): Awaitable<void>;
  /** Safe to call when there is no transaction. */
  rollback(): Awaitable<void>;
  /** Runs `work` inside the open transaction, and undoes only its writes when it fails. Not nested. */
  savepoint<T>(work: () => Promise<T>): Promise<T>;
  /** Writes one page inside the open transaction without a change, so that its commit shows whether the store can be written. */
  touch(): Awaitable<void>;
  /** Moves all commits into the main file and closes it. */
  close(): Promise<void>;
}

/**
 * Opens the store for writing and brings its schema up to date. Open it once for a file.
 * @param mustExist refuses to create the file
 * @throws {StoreOpenError} when the file cannot be used
 */
export async function openWriterStore(file: string, { mustExist = false }: { mustExist?: boolean } = {}): Promise<WriterStore> {
  const { db, raw } = await openForWriting(file, mustExist);
  const isSameFile = fileWatch(file);
  const preparedStatements = new LRUCache<string, PreparedStatement>({ max: 1_000 });
  const stores = new Map<string, TenantStore>();
  const appendRows = new Map<string, AppendRows>();
  const projectionRows = new Map<string, ProjectionRows>();
  const heads = new Map<string, number>();
  let isDurable = true;

  function tenantStore(tenant: string): TenantStore {
    const store = stores.get(tenant) ?? bindTenant(db, tenant);
    stores.set(tenant, store);
    return store;
  }

  async function head(tenant: string): Promise<number> {
    const sequence = heads.get(tenant) ?? (await lastSequence(tenantStore(tenant)));
    heads.set(tenant, sequence);
    return sequence;
  }

  function prepare(sql: string): PreparedStatement {
    const cachedStatement = preparedStatements.get(sql);
    if (cachedStatement) return cachedStatement;
    const statement = raw.prepare(sql);
    preparedStatements.set(sql, statement);
    return statement;
  }

  const execute = ({ sql, parameters }: Statement): number => prepare(sql).run(...parameters).changes;

  return {
    forTenant: tenantStore,
    appendRows(tenant) {
      const rows = appendRows.get(tenant) ?? openAppendRows(prepare, tenant);
      appendRows.set(tenant, rows);
      return rows;
    },
    projectionRows(tenant) {
      const rows = projectionRows.get(tenant) ?? openProjectionRows(prepare, tenant);
      projectionRows.set(tenant, rows);
      return rows;
    },
    listTenants: () => db.selectFrom("tenants").selectAll().execute(),
    execute,
    executeAll: (statements) => statements.map(execute),
    begin(options) {
      if (!isSameFile()) throw new StoreReplacedError(`${file} was moved or deleted while it was in use`);
      if (options.isDurable !== isDurable) raw.pragma(`synchronous = ${options.isDurable ? "FULL" : "NORMAL"}`);
      isDurable = options.isDurable;
      raw.exec("begin immediate");
    },
    useTenant() {},
    head,
    lockHead: head,
    saveHead: (tenant, sequence) => void heads.set(tenant, sequence),
    // One process uses the file.
    requireLeader: async () => 0,
    lockProjections() {},
    publishInvalidations: () => 0,
    commit: () => void raw.exec("commit"),
    rollback() {
      heads.clear();
      // After some errors SQLite has rolled back itself.
      if (raw.inTransaction) raw.exec("rollback");
    },
    async savepoint(work) {
      raw.exec("savepoint part");
      try {
        const result = await work();
        raw.exec("release part");
        return result;
      } catch (error) {
        if (raw.inTransaction) raw.exec("rollback to part; release part");
        throw error;
      }
    },
    // Nothing uses this number, and SQLite writes its page also when it stays the same.
    touch: () => void raw.exec("pragma user_version = 0"),
    async close() {
      // A copy of the file alone must contain every commit.
      if (raw.open) raw.pragma("wal_checkpoint(TRUNCATE)");
      await db.destroy();
    },
  };
}

/** @returns whether the file is still the one that was open at the call */
function fileWatch(file: string): () => boolean {
  const inode = statSync(file, { throwIfNoEntry: false })?.ino;
  return () => statSync(file, { throwIfNoEntry: false })?.ino === inode;
}

async function openForWriting(file: string, mustExist: boolean): Promise<SqliteHandle> {
  let handle: SqliteHandle | null = null;
  const isNew = !existsSync(file);
  try {
    if (file !== ":memory:") prepareFile(file, mustExist);
    handle = openSqlite(file, mustExist ? "rewrite" : "write");
    await migrate(handle);
    refuseTruncated(file, handle);
    makePrivate(file, `${file}-wal`, `${file}-shm`);
    return handle;
  } catch (error) {
    await handle?.close();
    // An empty file would be taken for a damaged store.
    if (isNew && statSync(file, { throwIfNoEntry: false })?.size === 0) rmSync(file);
    throw openErrorOf(file, error);
  }
}

/** A new file must not replace a lost store without a word. SQLite gives its other files the mode of the main file. */
function prepareFile(file: string, mustExist: boolean): void {
  if (existsSync(file)) {
    if (statSync(file).size === 0) throw damagedStore(file);
    makePrivate(file);
  } else if (!mustExist) {
    if (existsSync(`${file}.restoring`)) throw interruptedRestore(file);
    createPrivateFile(file);
  }
}

/** SQLite notices a missing end only when it reads that page, perhaps after days. */
function refuseTruncated(file: string, { raw }: SqliteHandle): void {
  if (raw.memory) return;
  const [checkpoint] = raw.pragma("wal_checkpoint(PASSIVE)") as { log: number; checkpointed: number }[];
  // Pages that are only in the write-ahead log are not missing.
  if (!checkpoint || checkpoint.log !== checkpoint.checkpointed) return;
  const bytes = Number(raw.pragma("page_count", { simple: true })) * Number(raw.pragma("page_size", { simple: true }));
  if (statSync(file).size < bytes) throw damagedStore(file);
}
