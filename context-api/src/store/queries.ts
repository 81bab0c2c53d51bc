import {
  type CompiledQuery,
  type DeleteQueryBuilder,
  type DeleteResult,
  type InsertQueryBuilder,
  type InsertResult,
  type Kysely,
  PostgresAdapter,
  type RawBuilder,
  type SelectQueryBuilder,
  type UpdateQueryBuilder,
  type UpdateResult,
} from "kysely";
import type { Database } from "./schema.ts";
import { type Statement, toStatement } from "./statement.ts";
import type { TenantStore } from "./tenantStore.ts";

type Table = keyof Database;
type NewRow<T extends Table> = Omit<Database[T], "tenant">;

/**
 * Queries on the rows of one tenant. Each of them already holds the tenant's condition or value, so that no query can forget it.
 * For `store/tables` only. Inserts, updates and deletes are compiled to statements: only the writer executes them.
 */
export interface TenantQueries {
  from<T extends Table>(table: T): SelectQueryBuilder<Database, T, object>;
  insertInto<T extends Table>(table: T, rows: NewRow<T> | NewRow<T>[]): InsertQueryBuilder<Database, T, InsertResult>;
  updateTable<T extends Table>(table: T): UpdateQueryBuilder<Database, T, T, UpdateResult>;
  deleteFrom<T extends Table>(table: T): DeleteQueryBuilder<Database, T, DeleteResult>;
  engine: "sqlite" | "postgres";
  /** Runs a compiled query. It must hold the tenant's condition: see {@link selectCompiled}. */
  run<Row>(query: CompiledQuery<Row>): Promise<Row[]>;
  /**
   * Runs reads and writes of rows that coordinate processes, outside the writer: what belongs to an event or its outcome is a statement.
   * It must hold the tenant's condition. PostgreSQL only.
   */
  inTransaction<T>(work: (db: Kysely<Database>) => Promise<T>): Promise<T>;
  /** The same for one statement, which needs no transaction of its own. @returns how many rows it changed */
  coordinate(query: RawBuilder<unknown>): Promise<number>;
  /** SQL that the query builder cannot express. It must hold the tenant's condition. */
  statement(query: RawBuilder<unknown>): Statement;
}

const queriesByStore = new WeakMap<TenantStore, TenantQueries>();

/** Makes a tenant's store over a connection to the database. @param run a shorter way than Kysely's for compiled queries */
export function bindTenant(
  db: Kysely<Database>,
  tenant: string,
  run: TenantQueries["run"] = async (query) => (await db.executeQuery(query)).rows,
): TenantStore {
  const queries: TenantQueries = {
    from: <T extends Table>(table: T) =>
      db.selectFrom(table as Table).where("tenant", "=", tenant) as unknown as SelectQueryBuilder<Database, T, object>,
    insertInto: <T extends Table>(table: T, rows: NewRow<T> | NewRow<T>[]) =>
      db
        .insertInto(table as Table)
        .values(([rows].flat() as object[]).map((row) => ({ ...row, tenant })) as never) as unknown as InsertQueryBuilder<
        Database,
        T,
        InsertResult
      >,
    updateTable: <T extends Table>(table: T) =>
      db.updateTable(table as "alerts").where("tenant", "=", tenant) as unknown as UpdateQueryBuilder<
        Database,
        T,
        T,
        UpdateResult
      >,
    deleteFrom: <T extends Table>(table: T) =>
      db.deleteFrom(table as Table).where("tenant", "=", tenant) as unknown as DeleteQueryBuilder<Database, T, DeleteResult>,
    run,
    engine: db.getExecutor().adapter instanceof PostgresAdapter ? "postgres" : "sqlite",
    inTransaction: (work) => db.transaction().execute(work),
    coordinate: async (query) => Number((await query.execute(db)).numAffectedRows ?? 0),
    statement: (query) => toStatement({ compile: () => query.compile(db) }),
  };
  const store: TenantStore = Object.freeze({ tenant });
  queriesByStore.set(store, queries);
  return store;
}

/** @throws when the store was not made by {@link bindTenant} */
export function queriesOf(store: TenantStore): TenantQueries {
  const queries = queriesByStore.get(store);
  if (!queries) throw new Error(`the store of tenant ${store.tenant} was not opened by openStore or openWriterStore`);
  return queries;
}
