import { parseArgs } from "node:util";
import { Role } from "../config/schema.ts";
import { newApiKey } from "../security/apiKeys.ts";
import { UsageError } from "./environment.ts";
import { openForCommand } from "./runtime.ts";

const usage = "keys create --tenant <tenant> --role <admin|service|agent|rep> [--role …] [--label <text>] [--json]";

/** `sidelight keys create`: makes API keys and prints them once. */
export async function keys(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      tenant: { type: "string" },
      role: { type: "string", multiple: true },
      label: { type: "string" },
      json: { type: "boolean" },
    },
  });
  if (positionals[0] !== "create" || !values.tenant || !values.role) throw new UsageError(usage);
  const roles = values.role.map((role) => {
    const known = Role.safeParse(role);
    if (!known.success) throw new UsageError(`${role} is not a role; ${usage}`);
    return known.data;
  });
  const runtime = await openForCommand(env);
  try {
    const served = runtime.tenants.get(values.tenant);
    if (!served) throw new UsageError(`the configuration has no tenant ${values.tenant}`);
    const { log, clock } = served.tenant;
    const made = roles.map((role) => ({ role, ...newApiKey(log.store, role, values.label ?? role, clock.now()) }));
    await log.commit({ statements: made.map((m) => m.statement), correlationId: "keys" });
    const shown = Object.fromEntries(made.map((m) => [m.role, m.token]));
    process.stdout.write(values.json ? `${JSON.stringify(shown)}\n` : made.map((m) => `${m.role}  ${m.token}\n`).join(""));
    return 0;
  } finally {
    await runtime.close();
  }
}
