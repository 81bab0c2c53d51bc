import type { KeyObject } from "node:crypto";
import { chmod, copyFile, rename, rm } from "node:fs/promises";
import { migrationNames } from "../store/migrations.ts";
import { openSqlite } from "../store/sqlite.ts";
import { openTenantKeys, type WrappedTenantKeys } from "./keyring.ts";

/** A file that can't be restored from: what is wrong with it. Shown as it is. */
export class BackupError extends Error {
  override readonly name = "BackupError";
}

export interface BackupSummary {
  tenants: string[];
  events: number;
}

/**
 * Copies the store into one file while it is in use: a consistent moment of it, sealed as it is, readable with the same master key.
 * The file appears under its name when it is complete and checked.
 */
export async function backUp(store: string, to: string, master: KeyObject): Promise<BackupSummary> {
  const partial = `${to}.partial`;
  await rm(partial, { force: true });
  const source = openSqlite(store, "read");
  try {
    await source.raw.backup(partial);
  } finally {
    await source.close();
  }
  await chmod(partial, 0o600);
  const summary = await inspect(partial, master);
  await rename(partial, to);
  return summary;
}

/**
 * Puts a backup in the place of the store, which must not be in use. The old one is kept beside it.
 * @returns what was restored, and where the old store is now; null when there was none
 * @throws {BackupError} before anything was changed
 */
export async function restore(from: string, store: string, master: KeyObject, stamp: string) {
  const summary = await inspect(from, master);
  const partial = `${store}.restoring`;
  await copyFile(from, partial);
  await chmod(partial, 0o600);
  const replaced = (await moved(store, `${store}.replaced-${stamp}`)) ? `${store}.replaced-${stamp}` : null;
  // The write-ahead log belongs to the old file and goes with it.
  for (const suffix of ["-wal", "-shm"]) await moved(`${store}${suffix}`, `${store}.replaced-${stamp}${suffix}`);
  await rename(partial, store);
  return { ...summary, replaced };
}

/** Whether a store was sealed under this master key. One without tenants opens with any. */
export async function opensWith(file: string, master: KeyObject): Promise<boolean> {
  const { db, close } = open(file);
  try {
    const tenants = await db.selectFrom("tenants").selectAll().execute();
    return tenants.every(({ tenant, ...wrapped }) => opens(master, tenant, wrapped));
  } finally {
    await close();
  }
}

function opens(master: KeyObject, tenant: string, wrapped: WrappedTenantKeys): boolean {
  try {
    openTenantKeys(master, tenant, wrapped);
    return true;
  } catch {
    return false;
  }
}

/** Opens it as the store would be opened: whole, of a schema we know, and under this master key. */
async function inspect(file: string, master: KeyObject): Promise<BackupSummary> {
  const { db, raw, close } = open(file);
  try {
    if (raw.pragma("integrity_check", { simple: true }) !== "ok") throw new BackupError(`${file} is damaged`);
    const known = new Set(migrationNames);
    const applied = raw.prepare("select name from kysely_migration").pluck().all() as string[];
    const newer = applied.find((name) => !known.has(name));
    if (newer) throw new BackupError(`${file} was made by a newer Sidelight (${newer})`);
    const tenants = await db.selectFrom("tenants").selectAll().execute();
    for (const { tenant, ...wrapped } of tenants) {
      if (!opens(master, tenant, wrapped)) throw new BackupError(`${file} was sealed under another master key`);
    }
    const { events } = await db
      .selectFrom("events")
      .select((e) => e.fn.countAll<number>().as("events"))
      .executeTakeFirstOrThrow();
    return { tenants: tenants.map((t) => t.tenant), events };
  } catch (error) {
    throw error instanceof BackupError ? error : new BackupError(`${file} is not a store of Sidelight`);
  } finally {
    await close();
  }
}

function open(file: string) {
  try {
    return openSqlite(file, "read");
  } catch (error) {
    const isAbsent = error instanceof Error && "code" in error && error.code === "SQLITE_CANTOPEN";
    throw new BackupError(isAbsent ? `${file} can't be opened` : `${file} is not a store of Sidelight`);
  }
}

async function moved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
    throw error;
  }
}
