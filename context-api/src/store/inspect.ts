import { createPrivateFile } from "../security/privateFiles.ts";
import { storeFaultOf } from "./faults.ts";
import { migrationNames } from "./migrations.ts";
import { fullTarget, openErrorOf } from "./openError.ts";
import type { TenantsTable } from "./schema.ts";
import { openSqlite } from "./sqlite.ts";

export interface StoreInspection {
  isIntact: boolean;
  /** A migration of the file that this release does not know; null when it knows all. */
  unknownMigration: string | null;
  tenants: TenantsTable[];
  events: number;
}

/** Reads a store file that may be damaged or from another release. @throws when it is not a store */
export async function inspectStore(file: string): Promise<StoreInspection> {
  const { db, raw, close } = openSqlite(file, "read");
  try {
    const isIntact = raw.pragma("integrity_check", { simple: true }) === "ok";
    if (!isIntact) return { isIntact, unknownMigration: null, tenants: [], events: 0 };
    const appliedNames = raw.prepare("select name from kysely_migration").pluck().all() as string[];
    const unknownMigration = appliedNames.find((name) => !migrationNames.includes(name)) ?? null;
    if (unknownMigration !== null) return { isIntact, unknownMigration, tenants: [], events: 0 };
    const tenants = await db.selectFrom("tenants").selectAll().execute();
    const { events } = await db
      .selectFrom("events")
      .select((e) => e.fn.countAll<number>().as("events"))
      .executeTakeFirstOrThrow();
    return { isIntact, unknownMigration, tenants, events };
  } finally {
    await close();
  }
}

/** Copies a store while it is in use: a consistent state of one moment, in one file. @throws {StoreOpenError} */
export async function copyStore(file: string, target: string): Promise<void> {
  try {
    createPrivateFile(target);
    const { raw, close } = openSqlite(file, "read");
    try {
      await raw.backup(target);
    } finally {
      await close();
    }
    // In this mode a reader of the copy creates no files beside it.
    const copy = openSqlite(target, "rewrite");
    copy.raw.pragma("journal_mode = DELETE");
    await copy.close();
  } catch (error) {
    throw storeFaultOf(error) === "disk_full" ? fullTarget(target, error) : openErrorOf(file, error);
  }
}
