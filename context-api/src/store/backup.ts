import type { KeyObject } from "node:crypto";
import { copyFile, rename, rm } from "node:fs/promises";
import { SidelightError } from "@sidelight/model/errors.ts";
import { openTenantKeys, type WrappedTenantKeys } from "../security/keyring.ts";
import { createPrivateFile } from "../security/privateFiles.ts";
import { copyStore, inspectStore, type StoreInspection } from "./inspect.ts";
import { openStoreAt, type StoreLocation } from "./location.ts";
import { openErrorOf } from "./openError.ts";

/** A file that cannot be restored from, and why. The message is shown to the user unchanged. */
export class BackupError extends SidelightError {
  override readonly name = "BackupError";

  constructor(message: string, cause?: unknown) {
    super(message, { code: "unusable_backup", stage: "inspect", cause });
  }
}

export interface BackupSummary {
  tenants: string[];
  events: number;
}

/**
 * Copies the store into one file while it is in use: a consistent state of one moment, sealed, readable with the same master key.
 * The file gets its name when it is complete and checked.
 */
export async function backUpStore(store: string, target: string, master: KeyObject): Promise<BackupSummary> {
  const partial = `${target}.partial`;
  // An attempt that was killed leaves its file.
  await removeCopy(partial);
  try {
    await copyStore(store, partial);
    const summary = await checkBackup(partial, master);
    await rename(partial, target);
    return summary;
  } finally {
    await removeCopy(partial);
  }
}

async function removeCopy(file: string): Promise<void> {
  for (const suffix of ["", "-journal", "-wal", "-shm"]) await rm(`${file}${suffix}`, { force: true });
}

/**
 * Replaces the store, which must not be in use, by a backup. The old store is kept beside it.
 * @returns what was restored, and the path of the old store; null when there was none
 * @throws {BackupError} before anything was changed
 */
export async function restore(backup: string, store: string, master: KeyObject, stamp: string) {
  const summary = await checkBackup(backup, master);
  const partial = `${store}.restoring`;
  await removeCopy(partial);
  createPrivateFile(partial);
  await copyFile(backup, partial);
  const replacedStore = (await renameIfPresent(store, `${store}.replaced-${stamp}`)) ? `${store}.replaced-${stamp}` : null;
  // The write-ahead log belongs to the old file.
  for (const suffix of ["-wal", "-shm"]) await renameIfPresent(`${store}${suffix}`, `${store}.replaced-${stamp}${suffix}`);
  await rename(partial, store);
  return { ...summary, replaced: replacedStore };
}

/** True if a store was sealed under this master key. A store without tenants opens with any. */
export async function opensWith(location: StoreLocation, master: KeyObject): Promise<boolean> {
  const store = openStoreAt(location);
  try {
    const tenants = await store.listTenants().catch((error: unknown) => {
      throw "file" in location ? openErrorOf(location.file, error) : error;
    });
    return tenants.every(({ tenant, ...wrappedKeys }) => opensUnder(master, tenant, wrappedKeys));
  } finally {
    await store.close();
  }
}

function opensUnder(master: KeyObject, tenant: string, wrappedKeys: WrappedTenantKeys): boolean {
  try {
    openTenantKeys(master, tenant, wrappedKeys);
    return true;
  } catch {
    return false;
  }
}

/** Checks that the file is intact, has a schema we know, and was sealed under this master key. */
async function checkBackup(file: string, master: KeyObject): Promise<BackupSummary> {
  const { tenants, events } = await inspect(file);
  for (const { tenant, ...wrappedKeys } of tenants)
    if (!opensUnder(master, tenant, wrappedKeys))
      throw new BackupError(`${file} is encrypted with another master key. Use the master key of that time.`);
  return { tenants: tenants.map((t) => t.tenant), events };
}

async function inspect(file: string): Promise<StoreInspection> {
  const inspection = await inspectStore(file).catch((cause: unknown) => {
    const isAbsent = cause instanceof Error && "code" in cause && cause.code === "SQLITE_CANTOPEN";
    throw new BackupError(
      isAbsent
        ? `${file} cannot be opened. Check that it exists and that you may read it.`
        : `${file} is not a store of Sidelight. Use a file that sidelight backup has written.`,
      cause,
    );
  });
  if (!inspection.isIntact) throw new BackupError(`${file} is damaged. Use another backup.`);
  const { unknownMigration } = inspection;
  if (unknownMigration !== null)
    throw new BackupError(
      `${file} was written by a newer Sidelight (${unknownMigration}). Install a version that has this migration.`,
    );
  return inspection;
}

async function renameIfPresent(source: string, target: string): Promise<boolean> {
  try {
    await rename(source, target);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
    throw error;
  }
}
