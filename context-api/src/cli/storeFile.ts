import { hasStore, storeLocation } from "../store/location.ts";
import { dataDirectory } from "./environment.ts";
import { CommandError } from "./errors.ts";

/** True when the store is a database. */
export const isDatabase = (env: NodeJS.ProcessEnv): boolean => "postgres" in storeLocation(env, dataDirectory(env));

/** @throws {CommandError} when there is no store yet */
export async function requireStore(env: NodeJS.ProcessEnv): Promise<void> {
  const location = storeLocation(env, dataDirectory(env));
  if (await hasStore(location)) return;
  throw new CommandError(
    "file" in location
      ? `There is no store at ${location.file}. Start sidelight serve first, or set SIDELIGHT_DATA.`
      : "The database has no store. Start sidelight serve first, or correct SIDELIGHT_DATABASE_URL.",
  );
}

/** For a command that works on files only. @throws {CommandError} */
export function refuseDatabase(env: NodeJS.ProcessEnv, advice: string): void {
  if (!isDatabase(env)) return;
  throw new CommandError(`The store is a database of PostgreSQL (SIDELIGHT_DATABASE_URL). ${advice}. See docs/operating.md.`);
}
