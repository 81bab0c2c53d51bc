import { join } from "node:path";
import { openPostgresPool, type PostgresOptions } from "./postgres/connection.ts";
import { openPostgresStore } from "./postgres/store.ts";
import { openStore, type Store } from "./store.ts";

/** Where the store is: a file of this machine, or a database of PostgreSQL. */
export type StoreLocation = { file: string } | { postgres: Pick<PostgresOptions, "url" | "statementTimeoutMs"> };

/** Longer than any statement of ours takes, apart from maintenance. */
const statementTimeoutMs = 15_000;
const maxReadConnections = 10;

/** PostgreSQL when `SIDELIGHT_DATABASE_URL` names a database, otherwise a file in the data directory. */
export function storeLocation(env: NodeJS.ProcessEnv, dataDirectory: string): StoreLocation {
  const url = env["SIDELIGHT_DATABASE_URL"];
  return url ? { postgres: { url, statementTimeoutMs } } : { file: join(dataDirectory, "sidelight.sqlite") };
}

/** Opens the store for reading. The writer must have brought the schema up to date before. */
export function openStoreAt(location: StoreLocation): Store {
  if ("file" in location) return openStore(location.file);
  const options = { ...location.postgres, maxConnections: maxReadConnections, applicationName: "sidelight reader" };
  return openPostgresStore(openPostgresPool(options));
}
