import type { KeyObject } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { startWriter } from "../log/writer/client.ts";
import { WrongMasterKeyError } from "../security/keyring.ts";
import { keyFile, masterKey, readKey } from "../security/masterKey.ts";
import { makePrivate } from "../security/privateFiles.ts";
import { opensWith } from "../store/backup.ts";
import { lockStoreAt, storeLocation } from "../store/location.ts";
import { type CommandContext, dataDirectory } from "./environment.ts";
import { CommandError, UsageError } from "./errors.ts";
import { isDatabase, requireStore } from "./storeFile.ts";

/**
 * `sidelight keys rotate`: a new encryption key for a tenant, or a new master key. Wraps the keys again and leaves the payloads as they are.
 * `serve` must be stopped, because it keeps the keys in memory.
 */
export async function rotateKeys(
  { tenant, master }: { tenant?: string; master?: boolean },
  { env }: CommandContext,
): Promise<number> {
  if (Boolean(tenant) === Boolean(master)) throw new UsageError("Choose what to rotate: --tenant <tenant> or --master.");
  await requireStore(env);
  const lock = await lockStoreAt(locationOf(env), dataDirectory(env));
  try {
    process.stdout.write(tenant ? await rotateTenant(tenant, env) : await rotateMaster(env));
    return 0;
  } finally {
    lock.release();
  }
}

async function rotateTenant(tenant: string, env: NodeJS.ProcessEnv): Promise<string> {
  const count = await rewrap(env, await masterKey(dataDirectory(env), env), { kind: "rotateTenant", tenant });
  return `${tenant} has a new key. It wraps the keys of ${count} subjects.\n`;
}

async function rotateMaster(env: NodeJS.ProcessEnv): Promise<string> {
  const current = await masterKey(dataDirectory(env), env);
  const folder = dataDirectory(env);
  const next = env["SIDELIGHT_MASTER_KEY"] ? nextFromEnvironment(env) : await keyFile(join(folder, "master.key.next"));
  // The next key is on disk before it wraps anything, so that an interrupted rotation continues when the command runs again.
  if (await opensWith(locationOf(env), current)) await rewrap(env, current, { kind: "rotateMaster", tenant: "", to: next });
  else if (!(await opensWith(locationOf(env), next)))
    throw new WrongMasterKeyError(
      "Neither the current nor the next master key opens the store. Restore the key it was encrypted with.",
    );
  if (env["SIDELIGHT_MASTER_KEY"]) return "Rotated. Now set SIDELIGHT_MASTER_KEY to the value of SIDELIGHT_MASTER_KEY_NEXT.\n";
  const previous = unusedName(join(folder, `master.key.until-${new Date().toISOString().slice(0, 10)}`));
  // A copy: there is a master key at every moment, also when this is interrupted.
  await copyFile(join(folder, "master.key"), previous);
  makePrivate(previous);
  await rename(join(folder, "master.key.next"), join(folder, "master.key"));
  const copies = isDatabase(env) ? "Copy master.key to every machine that runs serve.\n" : "";
  return `Rotated master.key. The previous key is ${previous}: earlier backups need it.\n${copies}`;
}

const locationOf = (env: NodeJS.ProcessEnv) => storeLocation(env, dataDirectory(env));

/** The name, with a number when a file has it: two rotations of one day each keep a key. */
function unusedName(file: string): string {
  let name = file;
  for (let number = 2; existsSync(name); number += 1) name = `${file}-${number}`;
  return name;
}

function nextFromEnvironment(env: NodeJS.ProcessEnv): KeyObject {
  const text = env["SIDELIGHT_MASTER_KEY_NEXT"];
  if (!text)
    throw new CommandError("Set SIDELIGHT_MASTER_KEY_NEXT to 32 new bytes in base64. Create them with: openssl rand -base64 32");
  return readKey(text, "SIDELIGHT_MASTER_KEY_NEXT");
}

type Rotation = { kind: "rotateTenant"; tenant: string } | { kind: "rotateMaster"; tenant: string; to: KeyObject };

/** @returns the number of keys that were wrapped again */
async function rewrap(env: NodeJS.ProcessEnv, key: KeyObject, rotation: Rotation): Promise<number> {
  const writer = startWriter({ ...locationOf(env), masterKey: key });
  try {
    return (await writer.send(rotation)).appended;
  } finally {
    await writer.close();
  }
}
