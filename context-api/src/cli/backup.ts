import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { masterKey } from "../security/masterKey.ts";
import { backUpStore } from "../store/backup.ts";
import { type CommandContext, dataDirectory, storeFile } from "./environment.ts";
import { CommandError } from "./errors.ts";
import { refuseDatabase, requireStore } from "./storeFile.ts";

/** `sidelight backup <file>`: copies the store to one file and checks the copy. May run beside `serve`. */
export async function backup(target: string, { force = false }: { force?: boolean }, { env }: CommandContext): Promise<number> {
  refuseDatabase(env, "Back it up with: pg_dump --format=custom");
  await requireStore(env);
  const file = resolve(target);
  if (!force && existsSync(file)) throw new CommandError(`${file} exists. Choose another file, or replace it with --force.`);
  const { tenants, events } = await backUpStore(storeFile(env), file, await masterKey(dataDirectory(env), env));
  process.stdout.write(`${file}: ${events} events of ${tenants.join(", ") || "no tenant"}\n`);
  process.stdout.write("The backup is encrypted. Keep the master key too, in a different location.\n");
  return 0;
}
