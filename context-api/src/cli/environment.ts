import { resolve } from "node:path";

/** The command line was wrong: one clear line, exit 1. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Where store and keys live: `SIDELIGHT_DATA`, or `.sidelight`. */
export const dataDirectory = (env: NodeJS.ProcessEnv): string => resolve(env["SIDELIGHT_DATA"] ?? ".sidelight");

/** `SIDELIGHT_CONFIG`, or `sidelight.yaml`. */
export const configFile = (env: NodeJS.ProcessEnv): string => resolve(env["SIDELIGHT_CONFIG"] ?? "sidelight.yaml");

export const storeFile = (env: NodeJS.ProcessEnv): string => resolve(dataDirectory(env), "sidelight.sqlite");
