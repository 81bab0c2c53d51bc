import { existsSync } from "node:fs";
import { join } from "node:path";
import { sql } from "kysely";
import { lockStore, type StoreLock } from "./lock.ts";
import { StoreOpenError } from "./openError.ts";
import { openPostgresPool, type PostgresOptions } from "./postgres/connection.ts";
import { lockDatabase } from "./postgres/exclusive.ts";
import { openPostgresStore } from "./postgres/store.ts";
import { openStore, type Store } from "./store.ts";

/** Where the store is: a file of this machine, or a database of PostgreSQL. */
export type StoreLocation =
  | { file: string }
  | { postgres: Pick<PostgresOptions, "url" | "statementTimeoutMs">; readConnections: number };

/** Longer than any statement of ours takes, apart from maintenance. */
const statementTimeoutMs = 15_000;
const defaultReadConnections = 10;
const maxReadConnections = 200;

/**
 * PostgreSQL when `SIDELIGHT_DATABASE_URL` names a database, otherwise a file in the data directory.
 * @throws {StoreOpenError} for a number of connections that cannot be used
 */
export function storeLocation(env: NodeJS.ProcessEnv, dataDirectory: string): StoreLocation {
  const url = env["SIDELIGHT_DATABASE_URL"];
  if (!url) return { file: join(dataDirectory, "sidelight.sqlite") };
  return { postgres: { url, statementTimeoutMs }, readConnections: readConnectionsOf(env) };
}

/** `SIDELIGHT_DATABASE_CONNECTIONS`: connections for reads. The writer has two more, and one coordinates with other processes. */
function readConnectionsOf(env: NodeJS.ProcessEnv): number {
  const text = env["SIDELIGHT_DATABASE_CONNECTIONS"] || String(defaultReadConnections);
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= maxReadConnections) return count;
  throw new StoreOpenError(
    `SIDELIGHT_DATABASE_CONNECTIONS is "${text}". Use a whole number from 1 to ${maxReadConnections}, or leave it out.`,
  );
}

/** Opens the store for reading. The writer must have brought the schema up to date before. */
export function openStoreAt(location: StoreLocation): Store {
  if ("file" in location) return openStore(location.file);
  const options = { ...location.postgres, maxConnections: location.readConnections, applicationName: "sidelight reader" };
  return openPostgresStore(openPostgresPool(options), location.postgres.url);
}

/**
 * Locks the store for one command that changes what a running `serve` keeps in memory.
 * @throws {StoreInUseError} while it is served
 */
export async function lockStoreAt(location: StoreLocation, dataDirectory: string): Promise<StoreLock> {
  return "file" in location ? await lockStore(dataDirectory) : await lockDatabase(location.postgres.url);
}

/** True when there is a store: the file, or the tables in the database. */
export async function hasStore(location: StoreLocation): Promise<boolean> {
  if ("file" in location) return existsSync(location.file);
  const pool = openPostgresPool({ ...location.postgres, maxConnections: 1, applicationName: "sidelight reader" });
  try {
    const { rows } = await sql<{ exists: boolean }>`select to_regclass('tenants') is not null as exists`.execute(pool.db);
    return rows[0]?.exists ?? false;
  } finally {
    await pool.close();
  }
}
