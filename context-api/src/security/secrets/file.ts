import { readFile } from "node:fs/promises";
import { readText, replaceFile } from "../../config/edit.ts";
import { SecretError, type SecretProvider } from "./provider.ts";

/** Reads a JSON object of names and values at each use, so that a rotated secret needs no restart. */
export function fromFile(path: string): SecretProvider {
  return {
    async get(name) {
      const secrets = await readSecrets(path);
      if (typeof secrets === "string") throw new SecretError(`the secret ${name} is not available: the secrets file ${secrets}`);
      const value = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
      if (value === undefined || value === "") throw new SecretError(`the secret ${name} is not in the secrets file`);
      if (typeof value !== "string")
        throw new SecretError(`the secret ${name} is no text in the secrets file: put its value between double quotes`);
      return value;
    },
  };
}

/** What is wrong with the file when it has no such object. The error itself is dropped, because a parser quotes the text. */
async function readSecrets(path: string): Promise<Readonly<Record<string, unknown>> | string> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    return isMissing ? "does not exist" : "cannot be read";
  }
  try {
    // Editors on Windows put a byte order mark before the text.
    const content: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    const isObject = typeof content === "object" && content !== null && !Array.isArray(content);
    return isObject ? (content as Readonly<Record<string, unknown>>) : notAnObject;
  } catch {
    return notAnObject;
  }
}

const notAnObject = "is not a JSON object of names and values";

/**
 * Adds a secret to the file, or replaces the one of this name. The others stay as they are.
 * @throws {SecretError} when the file is not a JSON object of names and values
 */
export async function putSecret(path: string, name: string, value: string): Promise<void> {
  const isNew = (await readText(path)).trim() === "";
  const secrets = isNew ? {} : await readSecrets(path);
  if (typeof secrets === "string") throw new SecretError(`${path} ${secrets}. Correct it first.`);
  await replaceFile(path, `${JSON.stringify({ ...secrets, [name]: value }, null, 2)}\n`, 0o600);
}
