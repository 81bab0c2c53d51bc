import type { KeyObject } from "node:crypto";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { startWriter } from "../log/writer/client.ts";
import { opensWith } from "../security/backup.ts";
import { WrongMasterKeyError } from "../security/keyring.ts";
import { keyFile, masterKey, readKey } from "../security/masterKey.ts";
import { lockStore } from "../store/lock.ts";
import { dataDirectory, storeFile, UsageError } from "./environment.ts";

/**
 * `sidelight keys rotate`: a new sealing key for a tenant, or a new master key. Keys are wrapped anew; what they seal is not touched.
 * `serve` must be stopped: it holds the keys in memory.
 */
export async function rotate(
  { tenant, master }: { tenant?: string | undefined; master?: boolean | undefined },
  env: NodeJS.ProcessEnv,
): Promise<number> {
  if (Boolean(tenant) === Boolean(master)) throw new UsageError("keys rotate --tenant <tenant> | --master");
  const lock = lockStore(dataDirectory(env));
  try {
    process.stdout.write(tenant ? await rotateTenant(tenant, env) : await rotateMaster(env));
    return 0;
  } finally {
    lock.release();
  }
}

async function rotateTenant(tenant: string, env: NodeJS.ProcessEnv): Promise<string> {
  const count = await written(env, await masterKey(dataDirectory(env), env), { kind: "rotateTenant", tenant });
  return `${tenant}: a new key, and the keys of ${count} subjects wrapped under it\n`;
}

async function rotateMaster(env: NodeJS.ProcessEnv): Promise<string> {
  const current = await masterKey(dataDirectory(env), env);
  const folder = dataDirectory(env);
  const next = env["SIDELIGHT_MASTER_KEY"] ? nextFromEnvironment(env) : await keyFile(join(folder, "master.key.next"));
  // The next key is on the disk before anything is wrapped under it: cut off at any point, the same command goes on.
  if (await opensWith(storeFile(env), current)) await written(env, current, { kind: "rotateMaster", tenant: "", to: next });
  else if (!(await opensWith(storeFile(env), next))) throw new WrongMasterKeyError("neither master key opens the store");
  if (env["SIDELIGHT_MASTER_KEY"]) return "done: now put SIDELIGHT_MASTER_KEY_NEXT in the place of SIDELIGHT_MASTER_KEY\n";
  const old = join(folder, `master.key.until-${new Date().toISOString().slice(0, 10)}`);
  await rename(join(folder, "master.key"), old);
  await rename(join(folder, "master.key.next"), join(folder, "master.key"));
  return `a new master.key; the old one is ${old}: backups made until now need it\n`;
}

function nextFromEnvironment(env: NodeJS.ProcessEnv): KeyObject {
  const given = env["SIDELIGHT_MASTER_KEY_NEXT"];
  if (!given) throw new UsageError("set SIDELIGHT_MASTER_KEY_NEXT to 32 new bytes in base64: openssl rand -base64 32");
  return readKey(given, "SIDELIGHT_MASTER_KEY_NEXT");
}

type Rotation = { kind: "rotateTenant"; tenant: string } | { kind: "rotateMaster"; tenant: string; to: KeyObject };

async function written(env: NodeJS.ProcessEnv, key: KeyObject, request: Rotation): Promise<number> {
  const writer = startWriter({ file: storeFile(env), masterKey: key });
  try {
    return (await writer.send(request)).appended;
  } finally {
    await writer.close();
  }
}
