import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import { type SelectQueryBuilder, sql } from "kysely";
import { storableText } from "./postgres/connection.ts";
import { queriesOf } from "./queries.ts";
import { type Database, projectionTables } from "./schema.ts";
import { openSqlite } from "./sqlite.ts";
import { toStatement } from "./statement.ts";
import type { TenantStore } from "./tenantStore.ts";
import type { Execute } from "./writerStore.ts";

/** A table of the embedded store. */
export interface TransferTable {
  name: keyof Database;
  /** Without the tenant. */
  columns: { name: string; isInteger: boolean }[];
  /** What identifies a row of a tenant; empty for a table with one row for each tenant. */
  keyColumns: string[];
}

/** The rows of a tenant in a table: their number, and the SHA-256 over the canonical JSON (RFC 8785) of each in key order. */
export interface TableContent {
  rows: number;
  digest: string;
}

type Row = Record<string, unknown>;

/** Rows that are read and written at once. */
const pageSize = 500;

/** Every table with rows of tenants that the file has. */
export async function transferTables(file: string): Promise<TransferTable[]> {
  const { raw, close } = openSqlite(file, "read");
  try {
    const names = raw
      .prepare("select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name not like 'kysely_%'")
      .pluck()
      .all() as (keyof Database)[];
    return names.sort().map((name) => {
      const columns = raw.pragma(`table_info(${name})`) as { name: string; type: string; pk: number }[];
      const keyColumns = columns.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
      return {
        name,
        columns: columns
          .filter((column) => column.name !== "tenant")
          .map((column) => ({ name: column.name, isInteger: column.type.toLowerCase() === "integer" })),
        keyColumns:
          keyColumns.length > 0 ? keyColumns.map((column) => column.name).filter((column) => column !== "tenant") : keyOf(name),
      };
    });
  } finally {
    await close();
  }
}

/** The key of a baseline, whose table has none of its own. */
function keyOf(table: string): string[] {
  const columns = projectionTables[table.replace(/^baseline_/, "") as keyof typeof projectionTables];
  if (!columns) throw new Error(`the table ${table} has no key`);
  return [...columns];
}

/** Copies the rows of a tenant into an empty table of PostgreSQL. @returns what was read */
export async function copyTable(
  source: TenantStore,
  target: TenantStore,
  execute: Execute,
  table: TransferTable,
): Promise<TableContent> {
  const content = contentHash();
  for await (const rows of pagesOf(source, table)) {
    content.add(rows);
    await execute(toStatement(queriesOf(target).insertInto(table.name, rows.map(exactRow) as never)));
  }
  return content.end();
}

export async function tableContent(store: TenantStore, table: TransferTable): Promise<TableContent> {
  const content = contentHash();
  for await (const rows of pagesOf(store, table)) content.add(rows);
  return content.end();
}

async function* pagesOf(store: TenantStore, { name, columns, keyColumns }: TransferTable): AsyncGenerator<Row[]> {
  let last: Row | null = null;
  for (;;) {
    let query = queriesOf(store).from(name) as unknown as SelectQueryBuilder<Row & object, string, Row>;
    query = query.select(columns.map((column) => column.name) as never) as typeof query;
    for (const column of keyColumns) query = query.orderBy(column as never);
    if (last !== null) query = query.where(isAfter(keyColumns, last) as never);
    const rows: Row[] = await query.limit(pageSize).execute();
    if (rows.length > 0) yield rows.map((row) => storableRow(row, columns));
    if (rows.length < pageSize || keyColumns.length === 0) return;
    last = rows.at(-1) ?? null;
  }
}

const isAfter = (keyColumns: readonly string[], row: Row) =>
  sql<boolean>`(${sql.join(keyColumns.map((column) => sql.ref(column)))}) > (${sql.join(keyColumns.map((column) => row[column]))})`;

/** As PostgreSQL stores it: no fraction in a column of integers, and no NUL in a text. */
function storableRow(row: Row, columns: TransferTable["columns"]): Row {
  const wholeValue = (value: unknown, isInteger: boolean) => (isInteger && typeof value === "number" ? Math.round(value) : value);
  return Object.fromEntries(columns.map(({ name, isInteger }) => [name, storableText(wholeValue(row[name], isInteger))]));
}

/** The writer of PostgreSQL rounds numbers with a fraction. As text they stay as they are. */
const exactRow = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === "number" && !Number.isInteger(value) ? String(value) : value,
    ]),
  );

function contentHash() {
  const hash = createHash("sha256");
  let count = 0;
  return {
    add(rows: readonly Row[]): void {
      count += rows.length;
      for (const row of rows) hash.update(`${canonicalize(textOfBytes(row))}\n`);
    },
    end: (): TableContent => ({ rows: count, digest: hash.digest("hex") }),
  };
}

const textOfBytes = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, Buffer.isBuffer(value) ? value.toString("base64") : value]),
  );
