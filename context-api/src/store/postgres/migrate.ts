import type { Kysely } from "kysely";
import { Migrator } from "kysely/migration";
import type { Database } from "../schema.ts";
import { initial } from "./migrations/initial.ts";

/** In the order of their names, which are final once released. */
const migrationsByName = { "p001-initial": initial };

/**
 * Brings the schema up to date, all or nothing. Processes that start at the same time wait for each other (Kysely takes an advisory
 * lock for its transaction).
 * @param db a handle of a role that may create tables
 */
export async function migratePostgres(db: Kysely<Database>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrationsByName) } });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error;
}
