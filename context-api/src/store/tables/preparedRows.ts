import type BetterSqlite from "better-sqlite3";
import type { Database } from "../schema.ts";

// What the writer's tables share. The SQL is written out and prepared once: building it for every row took as long as running it.

/** The embedded store answers at once, PostgreSQL later. */
export type Awaitable<T> = T | Promise<T>;

/** A row without its tenant, which the statements add. */
export type NewRow<T extends keyof Database> = Omit<Database[T], "tenant">;

/** Returns the same statement for the same text. */
export type Prepare = (sql: string) => BetterSqlite.Statement;

export const inJsonList = "in (select value from json_each(?))";

export function insertRows(prepare: Prepare, tenant: string, table: string, rows: readonly object[], mode = ""): void {
  const [first] = rows;
  if (!first) return;
  const columns = Object.keys(first);
  const values = columns.map(() => "?").join(", ");
  const statement = prepare(`insert ${mode} into ${table} (tenant, ${columns.join(", ")}) values (?, ${values})`);
  for (const row of rows as Record<string, unknown>[]) statement.run(tenant, ...columns.map((column) => row[column]));
}
