import type { KeyObject } from "node:crypto";
import { existsSync } from "node:fs";
import { open, readFile, rename } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { SidelightError } from "@sidelight/model/errors.ts";
import { makePrivate, makePrivateFolder } from "./privateFiles.ts";
import { keyOf, newKey } from "./seal.ts";

/**
 * The key that wraps every tenant's keys: 32 bytes in base64, from `SIDELIGHT_MASTER_KEY`, or from `master.key` in the data folder
 * (mode 0600, created at the first start). With the key and the store, everything can be read; without the key, nothing.
 * @param mayCreate false for a command that needs the key of something that exists
 * @throws {SidelightError} when there is no key and a new one would open nothing
 */
export async function masterKey(dataDirectory: string, env: NodeJS.ProcessEnv, mayCreate = true): Promise<KeyObject> {
  const fromEnvironment = env["SIDELIGHT_MASTER_KEY"];
  if (fromEnvironment) return readKey(fromEnvironment.trim(), "SIDELIGHT_MASTER_KEY");
  const file = resolve(dataDirectory, "master.key");
  if (!existsSync(file) && (!mayCreate || existsSync(resolve(dataDirectory, "sidelight.sqlite")))) throw missingKey(file);
  return await keyFile(file);
}

/** A new key beside an existing store would open nothing of it, and hide that the old one is lost. */
function missingKey(file: string): SidelightError {
  const next = `${file}.next`;
  const step = existsSync(next)
    ? `A rotation was interrupted: rename ${next} to master.key.`
    : "Put the key of the store there, or set SIDELIGHT_MASTER_KEY to it.";
  return new SidelightError(`${file} is missing. ${step}`, { code: "missing_master_key", stage: "configure" });
}

/** The key in a file. Creates the file, durably, when there is none. */
export async function keyFile(file: string): Promise<KeyObject> {
  try {
    const text = await readFile(file, "utf8");
    makePrivate(file);
    return readKey(text.trim(), file);
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || error.code !== "ENOENT") throw error;
  }
  makePrivateFolder(dirname(file), false);
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
