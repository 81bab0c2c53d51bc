import { stat } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "@sidelight/model/clock.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { NamedSecret } from "@sidelight/platform-kit/settings.ts";
import { connectionSecrets } from "../connections/connectionSecrets.ts";
import type { Connection } from "../connections/connections.ts";
import { projectionVersion } from "../log/projections/version.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { describeSecretLocation, type SecretsConfig, secretProvider } from "../security/secrets/index.ts";
import { SecretError, type SecretProvider } from "../security/secrets/provider.ts";
import { listApiKeys } from "../store/apiKeys.ts";
import { listPassedOver } from "../store/tables/passedOver.ts";
import { findProjectionVersion } from "../store/tables/tenants.ts";
import type { TenantStore } from "../store/tenantStore.ts";
import { addressFindings } from "./doctor/address.ts";
import type { Finding } from "./doctor/finding.ts";
import { signInFindings } from "./doctor/panels.ts";
import { type CommandContext, configFile, dataDirectory } from "./environment.ts";
import { UsageError } from "./errors.ts";
import { openForCommand } from "./runtime.ts";

const checkTimeoutMs = 15_000;

interface DoctorOptions {
  /** The public address, which is checked as a panel would use it. */
  url?: string;
}

/**
 * `sidelight doctor`: checks the configuration, the store, the keys, every secret, every connection and the sign-in of people. Exit code
 * 1 when a check failed.
 */
export async function doctor({ url }: DoctorOptions, { env, loadPlatforms }: CommandContext): Promise<number> {
  if (url !== undefined && !isAddress(url))
    throw new UsageError(
      `"${url}" is no address. Use https:// and the name of your server, as in https://sidelight.mycompany.com.`,
    );
  const findings: Finding[] = [];
  const runtime = await openForCommand(env, await loadPlatforms(), "silent");
  try {
    findings.push({ ok: true, what: `configuration ${configFile(env)}` });
    findings.push(await masterKeyFinding(env), ...(await databaseFindings(runtime)), ...redisFindings(runtime, env));
    const { config, directory } = runtime.config;
    const secrets = secretProvider(config.secrets, directory, env, systemClock.monotonic);
    for (const [name, { tenant }] of runtime.tenants) {
      findings.push(await keysFinding(name, tenant.log.store), await projectionFinding(name, tenant.log.store));
      findings.push(...(await passedOverFindings(name, tenant.log.store)));
      for (const connection of tenant.connections) {
        const connectionConfig = config.tenants[name]?.connections.find(({ id }) => id === connection.id);
        const namedSecrets = connectionConfig ? connectionSecrets(connectionConfig, connection.platform, Date.now()) : [];
        const secretFindings = await Promise.all(
          namedSecrets.map((secret) => secretFinding(`${name}: ${connection.id}`, secret, secrets, config.secrets)),
        );
        const problems = secretFindings.filter(({ ok }) => !ok);
        findings.push(...problems);
        const isSignInPossible = !namedSecrets.some(({ path: [group] }, i) => group === "settings" && !secretFindings[i]?.ok);
        findings.push(await connectionFinding(name, connection, isSignInPossible));
        if (isSignInPossible) findings.push(...(await signInFindings(name, connection)));
      }
    }
    const connections = [...runtime.tenants.values()].flatMap(({ tenant }) => tenant.connections);
    if (url !== undefined) findings.push(...(await addressFindings(url, connections)));
  } finally {
    await runtime.close();
  }
  for (const { ok, what, next } of findings)
    process.stdout.write(`${ok ? "ok    " : "WRONG "} ${what}${next ? `\n       → ${next}` : ""}\n`);
  return findings.every(({ ok }) => ok) ? 0 : 1;
}

const isAddress = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);

async function masterKeyFinding(env: NodeJS.ProcessEnv): Promise<Finding> {
  if (env["SIDELIGHT_MASTER_KEY"]) return { ok: true, what: "master key from the environment" };
  const file = join(dataDirectory(env), "master.key");
  const isPrivate = process.platform === "win32" || ((await stat(file)).mode & 0o077) === 0;
  if (isPrivate) return { ok: true, what: `master key in ${file}` };
  return { ok: false, what: `other users can read the master key in ${file}`, next: `chmod 600 ${file}` };
}

/** A role that bypasses row-level security would see the rows of all tenants. */
async function databaseFindings({ store }: Runtime): Promise<Finding[]> {
  if (!store.shared) return [];
  if (!(await store.shared.isRoleUnbound())) return [{ ok: true, what: "database with row-level security" }];
  const next = "give SIDELIGHT_DATABASE_URL a role without SUPERUSER and BYPASSRLS that owns the tables";
  return [{ ok: false, what: "the role of the database bypasses row-level security", next }];
}

/** Redis may be lost at any time, but an address that never answers is a mistake. */
function redisFindings({ shared }: Runtime, env: NodeJS.ProcessEnv): Finding[] {
  if (!env["SIDELIGHT_REDIS_URL"]) return [];
  if (shared.isUp()) return [{ ok: true, what: "Redis answers" }];
  const next = "check the address in SIDELIGHT_REDIS_URL, with its user and password, and that Redis runs there";
  return [{ ok: false, what: "Redis does not answer", next }];
}

async function keysFinding(tenant: string, store: TenantStore): Promise<Finding> {
  const active = (await listApiKeys(store)).filter((key) => key.revokedAt === null);
  if (active.length > 0)
    return { ok: true, what: `${tenant}: ${active.length} active API ${active.length === 1 ? "key" : "keys"}` };
  return { ok: false, what: `${tenant}: no API key`, next: `sidelight keys create --tenant ${tenant} --role service` };
}

async function projectionFinding(tenant: string, store: TenantStore): Promise<Finding> {
  const storedVersion = await findProjectionVersion(store);
  if (storedVersion === projectionVersion) return { ok: true, what: `${tenant}: projections of version ${projectionVersion}` };
  const next = "start sidelight serve, or wait until it has rebuilt them: its log has a line when it begins and when it ends";
  return {
    ok: false,
    what: `${tenant}: the projections have version ${storedVersion}, this release makes version ${projectionVersion}`,
    next,
  };
}

/** Records that could not be used. They are no fault of the installation, so they do not fail the check. */
async function passedOverFindings(tenant: string, store: TenantStore): Promise<Finding[]> {
  const rows = await listPassedOver(store);
  return rows.map(({ connection, stream, reason, count }) => ({
    ok: true,
    what: `${tenant}: ${connection}: ${count} records of the stream ${stream} were passed over: ${reason.replaceAll("_", " ")}`,
  }));
}

async function secretFinding(
  connection: string,
  { path, name, description, problem }: NamedSecret,
  secrets: SecretProvider,
  config: SecretsConfig,
): Promise<Finding> {
  const subject = `${connection}: the secret ${name} (${description})`;
  const location = describeSecretLocation(config, name);
  try {
    const value = await secrets.get(name);
    const issue = problem?.(value) ?? null;
    if (issue === null) return { ok: true, what: subject };
    return { ok: false, what: `${subject} ${issue}`, next: `correct it in ${location}; ${path.join(".")} names it` };
  } catch (error) {
    if (!(error instanceof SecretError)) throw error;
    const next = error.isOutage
      ? "check that the secret store can be reached, and run sidelight doctor again"
      : `put it into ${location}; ${path.join(".")} names it`;
    return { ok: false, what: `${subject}: ${error.message}`, next };
  }
}

async function connectionFinding(tenant: string, connection: Connection, isSignInPossible: boolean): Promise<Finding> {
  const { id, platform, connector } = connection;
  const subject = `${tenant}: ${id} (${platform.label})`;
  if (!isSignInPossible)
    return {
      ok: false,
      what: `${subject} was not tried: a secret is missing`,
      next: "store the secrets above, and run sidelight doctor again",
    };
  if (connector.streams.length === 0) return pushOnlyFinding(subject, tenant, connection);
  const startedAt = performance.now();
  try {
    const options = { priority: "interactive", signal: AbortSignal.timeout(checkTimeoutMs) } as const;
    await connector.check(options);
    // Compares the mapping with the fields of the account.
    await connector.shape?.(options);
    const missingFields = connector.missing?.() ?? [];
    if (missingFields.length > 0)
      return {
        ok: false,
        what: `${subject} works, but the account lacks ${missingFields.join(", ")}`,
        next: `give the integration user access, or correct tenants.${tenant}.connections.${id}.settings.mapping`,
      };
    return { ok: true, what: `${subject} signed in and answered in ${Math.round(performance.now() - startedAt)} ms` };
  } catch (error) {
    const platformError = error instanceof PlatformError ? error : null;
    return {
      ok: false,
      what: `${subject}: ${platformError?.message ?? "failed with an unexpected error"}`,
      next: nextStep(platformError, tenant, id),
    };
  }
}

/** A connection that only receives webhooks or only sends deliveries has no account to sign in to. */
function pushOnlyFinding(subject: string, tenant: string, { id, webhooks, connector }: Connection): Finding {
  if (webhooks.length > 0) return { ok: true, what: `${subject} receives webhooks` };
  if (Object.keys(connector.actions ?? {}).length > 0) return { ok: true, what: `${subject} sends deliveries` };
  return { ok: false, what: `${subject} has no webhook`, next: `add one to tenants.${tenant}.connections.${id}.webhooks` };
}

/** What the operator can do about a failed call: the action of its cause, or that of its code. */
export function nextStep(error: PlatformError | null, tenant: string, id: string): string {
  if (error?.nextAction) return error.nextAction;
  const settings = `tenants.${tenant}.connections.${id}.settings`;
  switch (error?.code) {
    case "invalid_credentials":
      return `check ${settings}.auth, the secret it names, and the rights of the account`;
    case "unavailable":
    case "timeout":
      return `check the addresses in ${settings}, the network of this machine and the platform's status page`;
    case "rate_limited":
    case "quota_exhausted":
      return "wait until the account's quota is renewed";
    case "not_found":
    case "rejected":
      return `check ${settings}: it names something that the platform does not have`;
    default:
      return "run it again with SIDELIGHT_LOG=debug and report the output";
  }
}
