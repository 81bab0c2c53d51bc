import { readFile } from "node:fs/promises";
import { z } from "zod";
import { SecretError, type SecretProvider } from "./provider.ts";

/** Reads a JSON object of names and values at each use, so that a rotated secret needs no restart. */
export function fromFile(path: string): SecretProvider {
  return {
    async get(name) {
      const secrets = await readSecrets(path);
      if (secrets === null) throw new SecretError(`the secret ${name} is not available: the secrets file cannot be read`);
      const value = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
      if (!value) throw new SecretError(`the secret ${name} is not in the secrets file`);
      return value;
    },
  };
}

/** Null when the file is missing or is not such an object. The cause is dropped, because a parser quotes the text. */
async function readSecrets(path: string): Promise<Record<string, string> | null> {
  try {
    return z.record(z.string(), z.string()).parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return null;
  }
}
