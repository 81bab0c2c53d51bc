import { parseArgs } from "node:util";
import { sectionNames } from "@sidelight/contracts/context/sections.ts";
import { parseRef } from "@sidelight/model/refs.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { rightsOf } from "../security/roles.ts";
import { UsageError } from "./environment.ts";
import { openForCommand } from "./runtime.ts";

const usage = "context --tenant <tenant> <ref>";

/** `sidelight context`: what the store holds of one customer, unmasked, as the API would say it. Asks no platform. */
export async function context(args: string[], env: NodeJS.ProcessEnv, platforms: readonly Platform[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { tenant: { type: "string" } } });
  const [text] = positionals;
  if (!values.tenant || !text) throw new UsageError(usage);
  const runtime = await openForCommand(env, platforms);
  try {
    const served = runtime.tenants.get(values.tenant);
    if (!served) throw new UsageError(`the configuration has no tenant ${values.tenant}`);
    const ref = parseRef(text, served.tenant.platforms);
    if ("problem" in ref) throw new UsageError(ref.problem);
    const rights = rightsOf("admin", served.tenant.config.roles);
    const { body } = await served.contexts.answer({ ref, rights, sections: sectionNames, deadlineMs: 0, storeOnly: true });
    process.stdout.write(`${JSON.stringify(JSON.parse(body.toString()), null, 2)}\n`);
    return 0;
  } finally {
    await runtime.close();
  }
}
