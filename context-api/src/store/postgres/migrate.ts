import { type Kysely, sql } from "kysely";
import { Migrator } from "kysely/migration";
import { newerStore } from "../openError.ts";
import type { Database } from "../schema.ts";
import { actions } from "./migrations/actions.ts";
import { alertMessages } from "./migrations/alertMessages.ts";
import { callLog } from "./migrations/callLog.ts";
import { canaries } from "./migrations/canaries.ts";
import { consoleTables } from "./migrations/consoleTables.ts";
import { customerOverview } from "./migrations/customerOverview.ts";
import { deliveryClaims } from "./migrations/deliveryClaims.ts";
import { fields } from "./migrations/fields.ts";
import { freshnessAndCosts } from "./migrations/freshnessAndCosts.ts";
import { identityMatching } from "./migrations/identityMatching.ts";
import { initial } from "./migrations/initial.ts";
import { processes } from "./migrations/processes.ts";
import { projectionVersion } from "./migrations/projectionVersion.ts";
import { qualityMeasurements } from "./migrations/qualityMeasurements.ts";
import { quotaUse } from "./migrations/quotaUse.ts";
import { replays } from "./migrations/replays.ts";
import { usedTokens } from "./migrations/usedTokens.ts";

/** In the order of their names, which are final once released. */
const migrationsByName = {
  "p001-initial": initial,
  "p002-processes": processes,
  "p003-delivery-claims": deliveryClaims,
  "p004-quota-use": quotaUse,
  "p005-projection-version": projectionVersion,
  "p006-quality-measurements": qualityMeasurements,
  "p007-fields": fields,
  "p008-identity-matching": identityMatching,
  "p009-actions": actions,
  "p010-customer-overview": customerOverview,
  "p011-used-tokens": usedTokens,
  "p012-alert-messages": alertMessages,
  "p013-call-log": callLog,
  "p014-console-tables": consoleTables,
  "p015-freshness-and-costs": freshnessAndCosts,
  "p016-replays": replays,
  "p017-canaries": canaries,
};

/** Ends the name of a migration with which earlier releases cannot work. All others only add. */
const breakingSuffix = "-breaking";

/**
 * Brings the schema up to date, all or nothing. Processes that start at the same time wait for each other (Kysely takes an advisory
 * lock for its transaction). A schema that a newer release has extended stays as it is, so that this release can start beside it.
 * @param db a handle of a role that may create tables
 * @throws {StoreOpenError} for a schema with which this release cannot work
 */
export async function migratePostgres(db: Kysely<Database>): Promise<void> {
  const laterNames = (await appliedNames(db)).filter((name) => !Object.hasOwn(migrationsByName, name));
  const breakingName = laterNames.find((name) => name.endsWith(breakingSuffix));
  if (breakingName !== undefined) throw newerStore("The database", breakingName);
  // A newer release has applied ours before its own.
  if (laterNames.length > 0) return;
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrationsByName) } });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error;
}

async function appliedNames(db: Kysely<Database>): Promise<string[]> {
  const { rows: tables } = await sql<{ exists: boolean }>`select to_regclass('kysely_migration') is not null as exists`.execute(
    db,
  );
  if (!tables[0]?.exists) return [];
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
  return rows.map(({ name }) => name);
}
