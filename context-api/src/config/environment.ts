import { ConfigError } from "./issues.ts";

/** The overlay that `SIDELIGHT_ENVIRONMENT` names; null for none. @throws {ConfigError} when it is not a valid name */
export function environmentOf(env: NodeJS.ProcessEnv): string | null {
  const name = env["SIDELIGHT_ENVIRONMENT"];
  if (name === undefined || name === "") return null;
  if (/^[a-z][a-z0-9-]{0,39}$/.test(name)) return name;
  throw new ConfigError([
    { path: null, message: "SIDELIGHT_ENVIRONMENT: use lower-case letters, digits and dashes", location: null },
  ]);
}
