import { localOperator } from "../services/actor.ts";
import { auditedTenant } from "../services/audit.ts";
import { getContext } from "../services/contexts/getContext.ts";
import { ProblemError } from "../services/problemError.ts";
import { commandAudit } from "./commandAudit.ts";
import type { CommandContext } from "./environment.ts";
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
    const audit = commandAudit(env, auditedTenant(servedTenant.tenant.log));
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
