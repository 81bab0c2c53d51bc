import { parseArgs } from "node:util";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { projectionDigest } from "../log/replay/digest.ts";
import { lockStore } from "../store/lock.ts";
import { dataDirectory, UsageError } from "./environment.ts";
import { replayDry } from "./replay/dryRun.ts";
import { openForCommand } from "./runtime.ts";

const usage = `replay --rebuild [--tenant <tenant>]
replay --dry-run [--since 7d] [--tenant <tenant>] [--json]`;

/** `sidelight replay`: folds the whole log anew, or shows what a changed configuration would have done with past events. */
export async function replay(args: string[], env: NodeJS.ProcessEnv, platforms: readonly Platform[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      rebuild: { type: "boolean" },
      "dry-run": { type: "boolean" },
      since: { type: "string", default: "7d" },
      tenant: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  if (values.rebuild === values["dry-run"]) throw new UsageError(usage);
  const { tenant = null, since, json: isJson } = values;
  if (values.rebuild) return await rebuild(env, tenant);
  process.stdout.write(await replayDry({ env, platforms, tenant, since, isJson }));
  return 0;
}

/** Says whether the projections came out the same. */
async function rebuild(env: NodeJS.ProcessEnv, only: string | null): Promise<number> {
  const lock = lockStore(dataDirectory(env));
  const runtime = await openForCommand(env);
  try {
    let allSame = true;
    for (const [name, { tenant }] of runtime.tenants) {
      if (only !== null && only !== name) continue;
      const before = await projectionDigest(tenant.log);
      await runtime.writer.send({ kind: "rebuild", tenant: name });
      const after = await projectionDigest(tenant.log);
      allSame &&= before === after;
      process.stdout.write(`${name}  ${before === after ? "equal" : "DIFFERENT"}  before ${before}  after ${after}\n`);
    }
    return allSame ? 0 : 1;
  } finally {
    await runtime.close();
    lock.release();
  }
}
