import { projectionDigest } from "../log/replay/digest.ts";
import { lockStoreAt, storeLocation } from "../store/location.ts";
import { type CommandContext, dataDirectory } from "./environment.ts";
import { UsageError } from "./errors.ts";
import { dryRunReplay } from "./replay/dryRun.ts";
import { openForCommand, requireTenant } from "./runtime.ts";

interface ReplayOptions {
  rebuild?: boolean;
  dryRun?: boolean;
  since: string;
  history?: boolean;
  tenant?: string;
  json?: boolean;
}

/** `sidelight replay`: rebuilds the projections from the event store, or compares routing rules on past events. */
export async function replay(
  { rebuild, dryRun, since, history, tenant, json }: ReplayOptions,
  context: CommandContext,
): Promise<number> {
  if (Boolean(rebuild) === Boolean(dryRun)) throw new UsageError("Choose what to do: --rebuild or --dry-run.");
  if (rebuild) return await rebuildProjections(context, tenant ?? null);
  process.stdout.write(
    await dryRunReplay({ context, tenant: tenant ?? null, since, hasHistory: history ?? false, isJson: json ?? false }),
  );
  return 0;
}

/** Prints for each tenant whether the rebuilt projections have the same digest. Exit code 1 when one differs. */
async function rebuildProjections({ env }: CommandContext, onlyTenant: string | null): Promise<number> {
  const lock = await lockStoreAt(storeLocation(env, dataDirectory(env)), dataDirectory(env));
  try {
    const runtime = await openForCommand(env);
    try {
      if (onlyTenant !== null) requireTenant(runtime, onlyTenant);
      let areAllEqual = true;
      for (const [name, { tenant }] of runtime.tenants) {
        if (onlyTenant !== null && onlyTenant !== name) continue;
        const previous = await projectionDigest(tenant.log);
        await runtime.writer.send({ kind: "rebuild", tenant: name });
        const rebuilt = await projectionDigest(tenant.log);
        areAllEqual &&= previous === rebuilt;
        process.stdout.write(`${name}  ${previous === rebuilt ? "equal" : "DIFFERENT"}  before ${previous}  after ${rebuilt}\n`);
      }
      return areAllEqual ? 0 : 1;
    } finally {
      await runtime.close();
    }
  } finally {
    lock.release();
  }
}
