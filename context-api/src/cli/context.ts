import { localOperator } from "../services/actor.ts";
import { createAuditLog } from "../services/audit.ts";
import { getContext } from "../services/contexts/getContext.ts";
import { ProblemError } from "../services/problemError.ts";
import { createLogger } from "../telemetry/logger.ts";
import { type CommandContext, logLevel } from "./environment.ts";
import { UsageError } from "./errors.ts";
import { openForCommand, requireTenant } from "./runtime.ts";

/** `sidelight context <ref>`: the context of one customer from the store, unmasked. Sends no request to a platform. */
export async function context(
  text: string,
  { tenant }: { tenant: string },
  { env, loadPlatforms }: CommandContext,
): Promise<number> {
  const runtime = await openForCommand(env, await loadPlatforms());
  try {
    const servedTenant = requireTenant(runtime, tenant);
    const audit = createAuditLog(createLogger(logLevel(env, "warn")));
    const serviceContext = { served: servedTenant, actor: localOperator(tenant), audit };
    const { body } = await getContext(serviceContext, { ref: text, deadlineMs: 0, storeOnly: true }).catch((error: unknown) => {
      throw error instanceof ProblemError ? new UsageError(error.message) : error;
    });
    process.stdout.write(`${JSON.stringify(JSON.parse(body.toString()), null, 2)}\n`);
    return 0;
  } finally {
    await runtime.close();
  }
}
