import type { Migration, MigrationProvider } from "kysely/migration";
import { plainNames } from "./migrations/plainNames.ts";
import { releasedMigrations } from "./migrations/released.ts";

/**
 * In the order of their names. A name is final once released, because databases record it. The first 13 names carry dates; later
 * names start with `m` and their number, which sorts after the dates.
 */
const migrationsByName: Record<string, Migration> = {
  ...releasedMigrations,
  "m014-plain-names": plainNames,
};

export const migrationNames: readonly string[] = Object.keys(migrationsByName);
export const migrations: MigrationProvider = { getMigrations: () => Promise.resolve(migrationsByName) };
