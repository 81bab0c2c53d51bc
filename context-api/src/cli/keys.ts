import { Role } from "../config/schema.ts";
import { localOperator } from "../services/actor.ts";
import { auditedTenant } from "../services/audit.ts";
import { createKeys as createKeysService } from "../services/keys/createKeys.ts";
import { listKeys as listKeysService } from "../services/keys/listKeys.ts";
import { revokeKey as revokeKeyService } from "../services/keys/revokeKey.ts";
import type { ServiceContext } from "../services/service.ts";
import { commandAudit } from "./commandAudit.ts";
import type { CommandContext } from "./environment.ts";
import { UsageError } from "./errors.ts";
import { openForCommand, requireTenant } from "./runtime.ts";

interface CreateOptions {
  tenant: string;
  role: string[];
  label?: string;
  json?: boolean;
}

/** `sidelight keys create`: creates an API key for each role and prints it once. */
export async function createKeys({ tenant, role, label, json }: CreateOptions, { env }: CommandContext): Promise<number> {
  const roles = role.map((name) => {
    const parsed = Role.safeParse(name);
    if (!parsed.success) throw new UsageError(`"${name}" is not a role. Use one of ${Role.options.join(", ")}.`);
    return parsed.data;
  });
  return await runService(env, tenant, async (context) => {
    const keys = await createKeysService(context, { roles, label });
    if (json) return `${JSON.stringify(Object.fromEntries(keys.map((key) => [key.role, key.token])))}\n`;
    return keys.map((key) => `${key.role}  ${key.token}\n`).join("");
  });
}

/** `sidelight keys list`: id, role, day of creation, state and label of each key. */
export async function listKeys({ tenant }: { tenant: string }, { env }: CommandContext): Promise<number> {
  return await runService(env, tenant, async (context) => {
    const keys = await listKeysService(context, {});
    if (keys.length === 0) return `${tenant} has no API key. Create one with sidelight keys create.\n`;
    const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
    const state = (revokedAt: number | null): string => (revokedAt ? `revoked ${day(revokedAt)}` : "active");
    return keys
      .map((key) => `${key.keyId}  ${key.role.padEnd(7)}  ${day(key.createdAt)}  ${state(key.revokedAt)}  ${key.label}\n`)
      .join("");
  });
}

/** `sidelight keys revoke <id>` */
export async function revokeKey(id: string, { tenant }: { tenant: string }, { env }: CommandContext): Promise<number> {
  return await runService(env, tenant, async (context) => {
    const { role, label } = await revokeKeyService(context, { keyId: id });
    return `revoked ${id} (${role}, ${label}). A running serve refuses it and ends its streams within a second.\n`;
  });
}

/** Runs a service as the operator of this machine and prints the text that it returns. */
async function runService(
  env: NodeJS.ProcessEnv,
  tenant: string,
  run: (context: ServiceContext) => Promise<string>,
): Promise<number> {
  const runtime = await openForCommand(env);
  try {
    const servedTenant = requireTenant(runtime, tenant);
    const audit = commandAudit(env, auditedTenant(servedTenant.tenant.log));
    process.stdout.write(await run({ served: servedTenant, actor: localOperator(tenant), audit }));
    return 0;
  } finally {
    await runtime.close();
  }
}
