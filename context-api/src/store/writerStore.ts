import type { Statement as PreparedStatement } from "better-sqlite3";
import { LRUCache } from "lru-cache";
import { bindTenant } from "./queries.ts";
import type { TenantsTable } from "./schema.ts";
import { migrate, openSqlite } from "./sqlite.ts";
import type { Statement } from "./statement.ts";
import { openProjectionRows, type ProjectionRows } from "./tables/projectionRows.ts";
import type { TenantStore } from "./tenantStore.ts";

/** Runs a statement inside the open transaction. @returns the number of rows that changed */
export type Execute = (statement: Statement) => number;

/** The writable side of the embedded store, for the writer's thread only. */
export interface WriterStore {
  forTenant(tenant: string): TenantStore;
  projectionRows(tenant: string): ProjectionRows;
  listTenants(): Promise<TenantsTable[]>;
  execute: Execute;
  begin(): void;
  commit(): void;
  rollback(): void;
  close(): Promise<void>;
}

/** Opens the store for writing and brings its schema up to date. Open it once for a file. */
export async function openWriterStore(file: string): Promise<WriterStore> {
  const { db, raw, close } = openSqlite(file, "write");
  await migrate(db);
  const preparedStatements = new LRUCache<string, PreparedStatement>({ max: 1_000 });
  const stores = new Map<string, TenantStore>();
  const rows = new Map<string, ProjectionRows>();

  function prepare(sql: string): PreparedStatement {
    const cachedStatement = preparedStatements.get(sql);
    if (cachedStatement) return cachedStatement;
    const statement = raw.prepare(sql);
    preparedStatements.set(sql, statement);
    return statement;
  }

  return {
    forTenant(tenant) {
      const store = stores.get(tenant) ?? bindTenant(db, tenant);
      stores.set(tenant, store);
      return store;
    },
    projectionRows(tenant) {
      const tenantRows = rows.get(tenant) ?? openProjectionRows(prepare, tenant);
      rows.set(tenant, tenantRows);
      return tenantRows;
    },
    listTenants: () => db.selectFrom("tenants").selectAll().execute(),
    execute: ({ sql, parameters }) => prepare(sql).run(...parameters).changes,
    begin: () => void raw.exec("begin immediate"),
    commit: () => void raw.exec("commit"),
    rollback: () => void raw.exec("rollback"),
    close,
  };
}
