import { setTimeout } from "node:timers/promises";
import { Client, type ClientBase } from "pg";
import { StoreInUseError, type StoreLock } from "../lock.ts";
import { withStoreErrors } from "./faults.ts";

/** Of the advisory lock of a command that no other process may work beside. */
const lockKey = 0x51de_0001;
const applicationName = "sidelight lock";
/** How long to wait for processes that are ending, in ms. */
const lockTimeoutMs = 5_000;
const pollMs = 100;

/**
 * Locks the database for one command that changes what a running `serve` keeps in memory. Processes that start while it is locked end
 * with an error. The server releases the lock when the connection ends.
 * @throws {StoreInUseError} while other processes of Sidelight are connected
 */
export async function lockDatabase(url: string, waitMs = lockTimeoutMs): Promise<StoreLock> {
  const client = new Client({ connectionString: url, application_name: applicationName, keepAlive: true });
  client.on("error", () => {});
  await withStoreErrors(client.connect());
  try {
    const deadline = performance.now() + waitMs;
    // The lock first: who connects after it is refused, who connected before is counted.
    const { rows } = await withStoreErrors(client.query("select pg_try_advisory_lock($1) as locked", [lockKey]));
    if (!rows[0].locked) throw inUse();
    while ((await countProcesses(client)) > 0) {
      if (performance.now() >= deadline) throw inUse();
      await setTimeout(pollMs);
    }
    return { release: () => void client.end().catch(() => {}) };
  } catch (error) {
    await client.end();
    throw error;
  }
}

/** Connections of other processes of Sidelight to this database. */
async function countProcesses(client: ClientBase): Promise<number> {
  const { rows } = await withStoreErrors(
    client.query(
      `select count(*)::integer as count from pg_stat_activity
        where datname = current_database() and application_name like 'sidelight %' and application_name <> $1`,
      [applicationName],
    ),
  );
  return rows[0].count;
}

/** For a process that starts to serve. @throws {StoreInUseError} while a command has locked the database */
export async function requireUnlocked(client: ClientBase): Promise<void> {
  // Released at the end of the statement.
  const { rows } = await client.query("select pg_try_advisory_xact_lock_shared($1) as free", [lockKey]);
  if (!rows[0].free) throw inUse();
}

const inUse = (): StoreInUseError =>
  new StoreInUseError("The database is in use by another process of Sidelight. Stop sidelight serve everywhere first.");
