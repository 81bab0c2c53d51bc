import { resolve } from "node:path";
import { backUp } from "../security/backup.ts";
import { masterKey } from "../security/masterKey.ts";
import { dataDirectory, storeFile, UsageError } from "./environment.ts";

/** `sidelight backup <file>`: one consistent copy of the store, checked. May run beside `serve`. */
export async function backup([to, ...rest]: string[], env: NodeJS.ProcessEnv): Promise<number> {
  if (!to || rest.length > 0) throw new UsageError("backup <file>");
  const file = resolve(to);
  const { tenants, events } = await backUp(storeFile(env), file, await masterKey(dataDirectory(env), env));
  process.stdout.write(`${file}: ${events} events of ${tenants.join(", ") || "no tenant"}\n`);
  process.stdout.write("It is sealed: keep the master key too, and not beside it.\n");
  return 0;
}
