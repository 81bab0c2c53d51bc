import { access } from "node:fs/promises";
import { storeFile } from "./environment.ts";
import { CommandError } from "./errors.ts";

/** @throws {CommandError} when there is no store yet */
export async function requireStore(env: NodeJS.ProcessEnv): Promise<void> {
  const file = storeFile(env);
  await access(file).catch(() => {
    throw new CommandError(`There is no store at ${file}. Start sidelight serve first, or set SIDELIGHT_DATA.`);
  });
}
