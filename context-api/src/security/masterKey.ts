import type { KeyObject } from "node:crypto";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { SidelightError } from "@sidelight/model/errors.ts";
import { keyOf, newKey } from "./seal.ts";

/**
 * The key that wraps every tenant's keys: 32 bytes in base64, from `SIDELIGHT_MASTER_KEY`, or from `master.key` in the data folder
 * (mode 0600, created at the first start). With the key and the store, everything can be read; without the key, nothing.
 */
export async function masterKey(dataDirectory: string, env: NodeJS.ProcessEnv): Promise<KeyObject> {
  const fromEnvironment = env["SIDELIGHT_MASTER_KEY"];
  if (fromEnvironment) return readKey(fromEnvironment, "SIDELIGHT_MASTER_KEY");
  return await keyFile(resolve(dataDirectory, "master.key"));
}

/** The key in a file. Creates the file, durably, when there is none. */
export async function keyFile(file: string): Promise<KeyObject> {
  try {
    return readKey((await readFile(file, "utf8")).trim(), file);
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || error.code !== "ENOENT") throw error;
  }
  await mkdir(dirname(file), { recursive: true });
  const key = newKey();
  const newFile = await open(`${file}.new`, "w", 0o600);
  try {
    await newFile.chmod(0o600);
    await newFile.writeFile(`${key.export().toString("base64")}\n`);
    await newFile.sync();
  } finally {
    await newFile.close();
  }
  await rename(`${file}.new`, file);
  return key;
}

/** @throws {SidelightError} when the text is not a key. The message does not repeat the text. */
export function readKey(text: string, source: string): KeyObject {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length !== 32)
    throw new SidelightError(
      `${source} must contain 32 bytes in base64. Use the key of the store; for a new store, create one with: openssl rand -base64 32`,
      { code: "invalid_master_key", stage: "configure" },
    );
  return keyOf(bytes);
}
