import { resolve } from "node:path";
import { masterKey } from "../security/masterKey.ts";
import { restore as restoreStore } from "../store/backup.ts";
import { lockStore } from "../store/lock.ts";
import { type CommandContext, dataDirectory, storeFile } from "./environment.ts";
import { refuseDatabase } from "./storeFile.ts";

/** `sidelight restore <file>`: replaces the store by a backup. `serve` must be stopped; after its start it pulls what changed since. */
export async function restore(source: string, { env }: CommandContext): Promise<number> {
  refuseDatabase(env, "Stop serve everywhere and restore into an empty database with: pg_restore --no-owner");
  const lock = await lockStore(dataDirectory(env));
  try {
    const stamp = new Date().toISOString().replace(/[:.]/g, "-");
    const master = await masterKey(dataDirectory(env), env, false);
    const { tenants, events, replaced } = await restoreStore(resolve(source), storeFile(env), master, stamp);
    process.stdout.write(`Restored ${events} events of ${tenants.join(", ") || "no tenant"}.\n`);
    if (replaced) process.stdout.write(`The replaced store is ${replaced}. Delete it when you no longer need it.\n`);
    return 0;
  } finally {
    lock.release();
  }
}
