import { parseArgs } from "node:util";
import { projectionDigest } from "../events/replay/digest.ts";
import { lockStore } from "../store/lock.ts";
import { dataDirectory, UsageError } from "./environment.ts";
import { openForCommand } from "./runtime.ts";

const usage = "replay --rebuild [--tenant <tenant>]";

/** `sidelight replay --rebuild`: folds the whole log anew and says whether the projections came out the same. */
export async function replay(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const { values } = parseArgs({ args, options: { rebuild: { type: "boolean" }, tenant: { type: "string" } } });
  if (!values.rebuild) throw new UsageError(usage);
  const lock = lockStore(dataDirectory(env));
  const runtime = await openForCommand(env);
  try {
    let allSame = true;
    for (const [name, { tenant }] of runtime.tenants) {
      if (values.tenant && values.tenant !== name) continue;
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
