import type { KeyObject } from "node:crypto";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { keyOf, newKey } from "./seal.ts";

/**
 * The key that wraps every tenant's keys: 32 bytes, base64, from `SIDELIGHT_MASTER_KEY`, or kept in `master.key` of the data folder
 * (mode 0600, made at the first start). Whoever has it and the store can read everything; without it the store is noise.
 */
export async function masterKey(dataDirectory: string, env: NodeJS.ProcessEnv): Promise<KeyObject> {
  const given = env["SIDELIGHT_MASTER_KEY"];
  if (given) return readKey(given, "SIDELIGHT_MASTER_KEY");
  return await keyFile(resolve(dataDirectory, "master.key"));
}

/** The key in a file; made, and on the disk, when there is none. */
export async function keyFile(file: string): Promise<KeyObject> {
  try {
    return readKey((await readFile(file, "utf8")).trim(), file);
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || error.code !== "ENOENT") throw error;
  }
  await mkdir(dirname(file), { recursive: true });
  const key = newKey();
  const written = await open(`${file}.new`, "w", 0o600);
  try {
    await written.chmod(0o600);
    await written.writeFile(`${key.export().toString("base64")}\n`);
    await written.sync();
  } finally {
    await written.close();
  }
  await rename(`${file}.new`, file);
  return key;
}

/** @throws when it isn't one; the text is not repeated */
export function readKey(text: string, where: string): KeyObject {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length !== 32) throw new Error(`${where} must hold 32 bytes in base64`);
  return keyOf(bytes);
}
