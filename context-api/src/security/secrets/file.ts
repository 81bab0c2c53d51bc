import { readFile } from "node:fs/promises";
import { z } from "zod";
import { SecretError, type SecretProvider } from "./provider.ts";

/** A JSON object of names and values. Read at each use, so that a rotated secret needs no restart. */
export function fromFile(path: string): SecretProvider {
  return {
    async get(name) {
      const values = await namesAndValues(path);
      if (values === null) throw new SecretError(`the secret ${name} is not to be had: the secrets file can't be read`);
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      if (!value) throw new SecretError(`the secret ${name} is not in the secrets file`);
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
