import { mkdirSync } from "node:fs";
import { join } from "node:path";
import BetterSqlite from "better-sqlite3";

/** A data folder that another process has for itself. Shown as it is. */
export class StoreInUseError extends Error {
  override readonly name = "StoreInUseError";
}

export interface StoreLock {
  release(): void;
}

/** How long the process before may take to end, ms. */
const patienceMs = 5_000;

/**
 * Has the data folder for this process alone: one `serve`, or one command that changes what a running `serve` holds in memory.
 * The operating system lets go of it when the process dies, however it dies.
 * @throws {StoreInUseError}
 */
export function lockStore(dataDirectory: string, waitMs = patienceMs): StoreLock {
  mkdirSync(dataDirectory, { recursive: true });
  const held = new BetterSqlite(join(dataDirectory, "serve.lock"), { timeout: waitMs });
  try {
    held.exec("begin exclusive");
  } catch {
    held.close();
    throw new StoreInUseError(`${dataDirectory} is in use by a running sidelight serve`);
  }
  return { release: () => void held.close() };
}
