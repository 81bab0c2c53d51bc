import { ConfigError } from "./issues.ts";

/** The overlay that `SIDELIGHT_ENVIRONMENT` names; null for none. @throws {ConfigError} for what is no name */
export function environmentOf(env: NodeJS.ProcessEnv): string | null {
  const name = env["SIDELIGHT_ENVIRONMENT"];
  if (name === undefined || name === "") return null;
  if (/^[a-z][a-z0-9-]{0,39}$/.test(name)) return name;
  throw new ConfigError([{ path: null, message: "SIDELIGHT_ENVIRONMENT: lower-case letters, digits and dashes", place: null }]);
}
