import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { z } from "zod";

/** Where secrets come from. Connections name them; nobody else holds them. */
export interface SecretProvider {
  /** @throws when there is no secret of this name; the message names it, and never its value */
  get(name: string): Promise<string>;
}

export type SecretsConfig = { provider: "env" } | { provider: "file"; path: string };

export function secretProvider(config: SecretsConfig, directory: string, env: NodeJS.ProcessEnv): SecretProvider {
  return config.provider === "env" ? fromEnvironment(env) : fromFile(resolve(directory, config.path));
}

/** `acme.zendesk.client-secret` is read from `SIDELIGHT_SECRET_ACME_ZENDESK_CLIENT_SECRET`. */
function fromEnvironment(env: NodeJS.ProcessEnv): SecretProvider {
  return {
    async get(name) {
      const variable = `SIDELIGHT_SECRET_${name.toUpperCase().replace(/[^A-Z0-9]/g, "_")}`;
      const value = env[variable];
      if (!value) throw new Error(`the secret ${name} is not set: expected in ${variable}`);
      return value;
    },
  };
}

/** A JSON object of names and values. Read at each use, so that a rotated secret needs no restart. */
function fromFile(path: string): SecretProvider {
  return {
    async get(name) {
      const values = await namesAndValues(path);
      if (values === null) throw new Error(`the secret ${name} is not to be had: the secrets file can't be read`);
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      if (!value) throw new Error(`the secret ${name} is not in the secrets file`);
      return value;
    },
  };
}

/** Null when there is no such file, or no such object in it. The cause is dropped: a parser quotes what it can't read. */
async function namesAndValues(path: string): Promise<Record<string, string> | null> {
  try {
    return z.record(z.string(), z.string()).parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return null;
  }
}
