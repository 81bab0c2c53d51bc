import { access, constants, stat } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "@sidelight/model/clock.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import type { Connection } from "../connections/connections.ts";
import { openRuntime } from "../runtime/runtime.ts";
import { listApiKeys } from "../security/apiKeys.ts";
import type { TenantStore } from "../store/store.ts";
import { createLogger } from "../telemetry/logger.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { configFile, dataDirectory } from "./environment.ts";

/** One thing looked at. A red one says what to do next. */
interface Finding {
  ok: boolean;
  what: string;
  next?: string;
}

const patienceMs = 15_000;

/** `sidelight doctor`: looks at configuration, store, keys and every connection; each red line names the next action. */
export async function doctor(_: string[], env: NodeJS.ProcessEnv, platforms: readonly Platform[]): Promise<number> {
  const findings: Finding[] = [];
  const runtime = await openRuntime({
    configFile: configFile(env),
    dataDirectory: dataDirectory(env),
    env,
    platforms,
    clock: systemClock,
    logger: createLogger("silent"),
    metrics: createMetrics(),
    pull: false,
  });
  try {
    findings.push({ ok: true, what: `configuration ${configFile(env)}` });
    findings.push(await masterKeyFinding(env));
    for (const [name, { tenant }] of runtime.tenants) {
      findings.push(await keysFinding(name, tenant.log.store));
      for (const connection of tenant.connections) findings.push(await connectionFinding(name, connection));
    }
  } finally {
    await runtime.close();
  }
  for (const { ok, what, next } of findings)
    process.stdout.write(`${ok ? "ok    " : "WRONG "} ${what}${next ? `\n       → ${next}` : ""}\n`);
  return findings.every((f) => f.ok) ? 0 : 1;
}

async function masterKeyFinding(env: NodeJS.ProcessEnv): Promise<Finding> {
  if (env["SIDELIGHT_MASTER_KEY"]) return { ok: true, what: "master key from the environment" };
  const file = join(dataDirectory(env), "master.key");
  await access(file, constants.R_OK);
  const isPrivate = ((await stat(file)).mode & 0o077) === 0;
  if (isPrivate) return { ok: true, what: `master key in ${file}` };
  return { ok: false, what: `master key in ${file} can be read by others`, next: `chmod 600 ${file}` };
}

async function keysFinding(tenant: string, store: TenantStore): Promise<Finding> {
  const inUse = (await listApiKeys(store)).filter((key) => key.revokedAt === null);
  if (inUse.length > 0) return { ok: true, what: `${tenant}: ${inUse.length} API ${inUse.length === 1 ? "key" : "keys"} in use` };
  return { ok: false, what: `${tenant}: no API key`, next: `sidelight keys create --tenant ${tenant} --role service` };
}

async function connectionFinding(tenant: string, connection: Connection): Promise<Finding> {
  const { id, platform, connector } = connection;
  const what = `${tenant}: ${id} (${platform.label})`;
  if (connector.streams.length === 0) return senderFinding(what, tenant, connection);
  const started = performance.now();
  try {
    await connector.check({ lane: "interactive", signal: AbortSignal.timeout(patienceMs) });
    return { ok: true, what: `${what} signed in and answered in ${Math.round(performance.now() - started)} ms` };
  } catch (error) {
    const known = error instanceof PlatformError ? error : null;
    return {
      ok: false,
      what: `${what}: ${known?.message ?? "failed in an unknown way"}`,
      next: nextStep(known?.code ?? null, tenant, id),
    };
  }
}

/** There is nobody to sign in to where all comes by itself. */
function senderFinding(what: string, tenant: string, { id, webhooks, connector }: Connection): Finding {
  if (webhooks.length > 0) return { ok: true, what: `${what} takes what it is sent` };
  if (Object.keys(connector.actions ?? {}).length > 0) return { ok: true, what: `${what} sends what routes say` };
  return { ok: false, what: `${what} has no webhook`, next: `add one to tenants.${tenant}.connections.${id}.webhooks` };
}

/** What whoever operates this does about it. */
export function nextStep(code: PlatformError["code"] | null, tenant: string, id: string): string {
  const settings = `tenants.${tenant}.connections.${id}.settings`;
  switch (code) {
    case "invalid_credentials":
      return `check ${settings}.auth and the secret it names; the account behind it may have lost its rights`;
    case "unavailable":
    case "timeout":
      return `check ${settings}.url and that this machine reaches it; the platform's status page tells of outages`;
    case "rate_limited":
    case "quota_exhausted":
      return "wait: the account's request allowance is used up for now";
    case "not_found":
    case "rejected":
      return `check ${settings}: the platform doesn't know what was asked for`;
    default:
      return "run it again with SIDELIGHT_LOG=debug and report what it says";
  }
}
