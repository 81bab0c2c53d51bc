import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { SidelightError } from "@sidelight/model/errors.ts";
import BetterSqlite from "better-sqlite3";

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

/**
 * Locks the data folder for this process: for one `serve`, or for one command that changes what a running `serve` keeps in memory.
 * The operating system releases the lock when the process ends, also after a crash.
 * @throws {StoreInUseError}
 */
export function lockStore(dataDirectory: string, waitMs = lockTimeoutMs): StoreLock {
  mkdirSync(dataDirectory, { recursive: true });
  const handle = new BetterSqlite(join(dataDirectory, "serve.lock"), { timeout: waitMs });
  try {
    handle.exec("begin exclusive");
  } catch {
    handle.close();
    throw new StoreInUseError(`${dataDirectory} is in use by another sidelight command. Stop sidelight serve first.`);
  }
  return { release: () => void handle.close() };
}
