import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { SidelightError } from "@sidelight/model/errors.ts";
import BetterSqlite from "better-sqlite3";
import { createPrivateFile, makePrivateFolder } from "../security/privateFiles.ts";
import { storeFaultOf } from "./faults.ts";
import { openErrorOf } from "./openError.ts";

/** Another process uses the data folder. The message is shown to the user unchanged. */
export class StoreInUseError extends SidelightError {
  override readonly name = "StoreInUseError";

  constructor(message: string) {
    super(message, { code: "store_in_use", stage: "open" });
  }
}

export interface StoreLock {
  release(): void;
}

/** How long to wait for a process that is ending, in ms. */
const lockTimeoutMs = 5_000;
const pollMs = 50;

/**
 * Locks the data folder for this process: for one `serve`, or for one command that changes what a running `serve` keeps in memory.
 * The operating system releases the lock when the process ends, also after a crash.
 * @throws {StoreInUseError}
 */
export async function lockStore(dataDirectory: string, waitMs = lockTimeoutMs): Promise<StoreLock> {
  makePrivateFolder(dataDirectory, existsSync(join(dataDirectory, "master.key")));
  const file = join(dataDirectory, "serve.lock");
  createPrivateFile(file);
  const handle = new BetterSqlite(file, { timeout: 0 });
  const deadline = performance.now() + waitMs;
  // SQLite would wait too, but block the thread: serve answers requests while it waits.
  while (!tryLock(handle)) {
    if (performance.now() >= deadline) {
      handle.close();
      throw new StoreInUseError(`${dataDirectory} is in use by another sidelight command. Stop sidelight serve first.`);
    }
    await setTimeout(pollMs);
  }
  return { release: () => void handle.close() };
}

/** @throws {StoreOpenError} when the file cannot be locked for another reason than that it is */
function tryLock(handle: BetterSqlite.Database): boolean {
  try {
    handle.exec("begin exclusive");
    return true;
  } catch (error) {
    if (storeFaultOf(error) === "locked") return false;
    handle.close();
    throw openErrorOf(handle.name, error);
  }
}
