import { newDatabaseUrl } from "@sidelight/test-support/postgres.ts";
import BetterSqlite from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { openPostgresPool } from "./postgres/connection.ts";
import { migratePostgres } from "./postgres/migrate.ts";
import { bindTenant } from "./queries.ts";
import type { Database } from "./schema.ts";
import { migrate } from "./sqlite.ts";
import type { Statement } from "./statement.ts";
import type { TenantStore } from "./tenantStore.ts";

/** Empty tables of the engine that the run tests, without a writer. */
export interface TestTables {
  forTenant(tenant: string): TenantStore;
  /** @returns the number of rows that changed */
  execute(tenant: string, statement: Statement): Promise<number>;
  close(): Promise<void>;
}

export async function openTestTables(): Promise<TestTables> {
  const url = newDatabaseUrl();
  return url === null ? await openFile() : await openDatabase(url);
}

async function openFile(): Promise<TestTables> {
  const raw = new BetterSqlite(":memory:");
  const db = new Kysely<Database>({ dialect: new SqliteDialect({ database: raw }) });
  await migrate({ db, raw });
  return {
    forTenant: (tenant) => bindTenant(db, tenant),
    execute: async (_, { sql, parameters }) => raw.prepare(sql).run(...parameters).changes,
    close: () => db.destroy(),
  };
}

async function openDatabase(url: string): Promise<TestTables> {
  const pool = openPostgresPool({ url, maxConnections: 4, statementTimeoutMs: 30_000, applicationName: "test" });
  await migratePostgres(pool.db);
  return {
    forTenant: (tenant) => bindTenant(pool.forTenant(tenant), tenant),
    async execute(tenant, { sql, parameters }) {
      const client = await pool.connect(tenant);
      try {
        return (await client.query(sql, [...parameters])).rowCount ?? 0;
      } finally {
        client.release();
      }
    },
    close: pool.close,
  };
}
