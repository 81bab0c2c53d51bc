import { parseArgs } from "node:util";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { check } from "./config/check.ts";
import { diff } from "./config/diff.ts";
import type { ConfigArguments } from "./config/files.ts";
import { rollback } from "./config/rollback.ts";
import { versions } from "./config/versions.ts";
import { UsageError } from "./environment.ts";

const usage = `config check [--environment <name>]
config diff [<version>] [--tenant <tenant>] [--environment <name>]
config versions [--tenant <tenant>]
config rollback <version> [--tenant <tenant>]`;

const verbs = { check, diff, versions, rollback };

/** `sidelight config`: checks the files, compares them with what is in use, lists what was, and goes back to it. Runs beside `serve`. */
export async function config(args: string[], env: NodeJS.ProcessEnv, platforms: readonly Platform[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { tenant: { type: "string" }, environment: { type: "string" } },
  });
  const [verb = "", version, ...more] = positionals;
  const work = Object.hasOwn(verbs, verb) ? verbs[verb as keyof typeof verbs] : null;
  if (!work || more.length > 0) throw new UsageError(usage);
  const { tenant = null, environment } = values;
  const named = environment === undefined ? env : { ...env, SIDELIGHT_ENVIRONMENT: environment };
  const given: ConfigArguments = { env: named, platforms, tenant, version: version ?? null };
  process.stdout.write(await work(given));
  return 0;
}
