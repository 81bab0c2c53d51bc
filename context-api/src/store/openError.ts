import { SidelightError } from "@sidelight/model/errors.ts";
import { endedFaultText, storeFaultOf } from "./faults.ts";

/** A store file that this release cannot use. The message is one line for the operator: the file, the reason, the next step. */
export class StoreOpenError extends SidelightError {
  override readonly name = "StoreOpenError";

  constructor(message: string, cause?: unknown) {
    super(message, { code: "store_unusable", stage: "open", cause });
  }
}

/** The open file is no longer the one at its path: what is written to it would be lost. */
export class StoreReplacedError extends SidelightError {
  override readonly name = "StoreReplacedError";

  constructor(message: string, cause?: unknown) {
    super(message, { code: "store_replaced", stage: "append", cause });
  }
}

/** The error of an attempt to open a file, in words. Errors of ours are already. */
export function openErrorOf(file: string, error: unknown): Error {
  if (error instanceof SidelightError) return error;
  const fault = storeFaultOf(error);
  if (fault === "corrupt") return damagedStore(file, error);
  if (error instanceof Error && "code" in error && error.code === "SQLITE_CANTOPEN")
    return new StoreOpenError(`${file} cannot be opened. Check that it exists and that you may write to its folder.`, error);
  if (fault !== null) return new StoreOpenError(`${file} cannot be opened. ${endedFaultText(fault)}`, error);
  return error instanceof Error ? error : new Error(String(error));
}

/** A copy cannot be written. The store itself is not concerned. */
export const fullTarget = (target: string, cause: unknown): StoreOpenError =>
  new StoreOpenError(`${target} cannot be written: its disk is full. Free space there, or choose another disk.`, cause);

export const damagedStore = (file: string, cause?: unknown): StoreOpenError =>
  new StoreOpenError(
    `${file} is damaged or is not a store of Sidelight. Restore a backup with sidelight restore, or move the file away to begin with an empty store.`,
    cause,
  );

export const interruptedRestore = (file: string): StoreOpenError =>
  new StoreOpenError(`A restore was interrupted, and ${file} is missing. Run sidelight restore again.`);

export const newerStore = (file: string, migration: string): StoreOpenError =>
  new StoreOpenError(
    `${file} was written by a newer Sidelight (${migration}). Install that version, or restore a backup of this version.`,
  );
