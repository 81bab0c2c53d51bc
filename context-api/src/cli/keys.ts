import { parseArgs } from "node:util";
import { Role } from "../config/schema.ts";
import type { TenantLog } from "../log/log.ts";
import { listApiKeys, newApiKey, revokeApiKey } from "../security/apiKeys.ts";
import { UsageError } from "./environment.ts";
import { rotate } from "./rotate.ts";
import { openForCommand } from "./runtime.ts";

const usage = `keys create --tenant <tenant> --role <${Role.options.join("|")}> [--role …] [--label <text>] [--json]
keys list --tenant <tenant>
keys revoke --tenant <tenant> <key id>
keys rotate --tenant <tenant> | --master`;

interface Values {
  tenant?: string | undefined;
  role?: string[] | undefined;
  label?: string | undefined;
  json?: boolean | undefined;
}

/** `sidelight keys`: makes API keys and prints them once; lists them; ends them. May run beside `serve`. Rotates the sealing keys. */
export async function keys(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      tenant: { type: "string" },
      role: { type: "string", multiple: true },
      label: { type: "string" },
      json: { type: "boolean" },
      master: { type: "boolean" },
    },
  });
  const [verb = "", keyId] = positionals;
  if (verb === "rotate") return await rotate(values, env);
  const work = { create, list, revoke }[verb];
  if (!work || !values.tenant) throw new UsageError(usage);
  const runtime = await openForCommand(env);
  try {
    const served = runtime.tenants.get(values.tenant);
    if (!served) throw new UsageError(`the configuration has no tenant ${values.tenant}`);
    const { log, clock } = served.tenant;
    process.stdout.write(await work(log, clock.now(), values, keyId));
    return 0;
  } finally {
    await runtime.close();
  }
}

async function create(log: TenantLog, now: number, { role, label, json }: Values): Promise<string> {
  if (!role) throw new UsageError(usage);
  const roles = role.map((name) => {
    const known = Role.safeParse(name);
    if (!known.success) throw new UsageError(`${name} is not a role\n${usage}`);
    return known.data;
  });
  const made = roles.map((name) => ({ role: name, ...newApiKey(log.store, name, label ?? name, now) }));
  await log.commit({ statements: made.map((m) => m.statement), correlationId: "keys" });
  if (json) return `${JSON.stringify(Object.fromEntries(made.map((m) => [m.role, m.token])))}\n`;
  return made.map((m) => `${m.role}  ${m.token}\n`).join("");
}

async function list(log: TenantLog): Promise<string> {
  const rows = await listApiKeys(log.store);
  if (rows.length === 0) return "no keys yet: sidelight keys create\n";
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  return rows
    .map(
      (r) =>
        `${r.keyId}  ${r.role.padEnd(7)}  ${day(r.createdAt)}  ${r.revokedAt ? `revoked ${day(r.revokedAt)}` : "in use"}  ${r.label}\n`,
    )
    .join("");
}

async function revoke(log: TenantLog, now: number, _: Values, keyId: string | undefined): Promise<string> {
  const known = (await listApiKeys(log.store)).find((key) => key.keyId === keyId);
  if (!keyId || !known) throw new UsageError(`there is no key ${keyId ?? ""}; sidelight keys list tells their ids`);
  await log.commit({ statements: [revokeApiKey(log.store, keyId, now)], correlationId: "keys" });
  return `revoked ${keyId} (${known.role}, ${known.label}); a running Sidelight refuses it within 30 seconds\n`;
}
