import { resolve } from "node:path";
import { restore as restoreStore } from "../security/backup.ts";
import { masterKey } from "../security/masterKey.ts";
import { lockStore } from "../store/lock.ts";
import { dataDirectory, storeFile, UsageError } from "./environment.ts";

/** `sidelight restore <file>`: puts a backup in the place of the store. `serve` must be stopped; it then pulls what is missing since. */
export async function restore([from, ...rest]: string[], env: NodeJS.ProcessEnv): Promise<number> {
  if (!from || rest.length > 0) throw new UsageError("restore <file>");
  const lock = lockStore(dataDirectory(env));
  try {
    const stamp = new Date().toISOString().replace(/[:.]/g, "-");
    const master = await masterKey(dataDirectory(env), env);
    const { tenants, events, replaced } = await restoreStore(resolve(from), storeFile(env), master, stamp);
    process.stdout.write(`restored ${events} events of ${tenants.join(", ") || "no tenant"}\n`);
    if (replaced) process.stdout.write(`the store before is ${replaced}; delete it when you are sure\n`);
    return 0;
  } finally {
    lock.release();
  }
}
