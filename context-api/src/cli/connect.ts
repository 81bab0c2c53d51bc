import { execFile } from "node:child_process";
import { dirname, resolve } from "node:path";
import { promisify } from "node:util";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { parse } from "yaml";
import { readText, replaceFile, withConnection } from "../config/edit.ts";
import { SidelightConfig, type TenantConfig } from "../config/schema.ts";
import { openDetachedConnections } from "../connections/connections.ts";
import { describeSecretLocation } from "../security/secrets/index.ts";
import { nextStep } from "./doctor.ts";
import { type CommandContext, configFile } from "./environment.ts";
import { CommandError, UsageError } from "./errors.ts";
import { askQuestions } from "./questions.ts";

const checkTimeoutMs = 15_000;

interface ConnectOptions {
  tenant: string;
  id?: string;
  environment?: string;
  /** `setting=value` pairs. */
  set?: string[];
}

const print = (text: string): void => void process.stdout.write(`${text}\n`);

/**
 * `sidelight connect <platform>`: shows the steps on the platform's pages, asks for the settings, tries the connection and writes it
 * to the configuration when it works. A secret comes from the terminal or standard input, never from an argument.
 */
export async function connect(name: string, options: ConnectOptions, { env, loadPlatforms }: CommandContext): Promise<number> {
  // A platform without questions has no account to sign in to: its connection is written by hand.
  const connectable = (await loadPlatforms()).filter((platform) => platform.setup.questions.length > 0);
  const platform = connectable.find((candidate) => candidate.name === name);
  if (!platform)
    throw new UsageError(`"${name}" is not a platform to connect. Use one of ${connectable.map((p) => p.name).join(", ")}.`);
  const { tenant, environment, id = platform.name } = options;
  const presets = parsePairs(options.set ?? []);
  print(`Connecting ${platform.label} as ${id}, for ${tenant}.`);
  for (const [i, step] of platform.setup.steps.entries()) print(`  ${i + 1}. ${step}`);

  const secretName = `${tenant}.${id}`;
  const { settings, secret } = await askQuestions(platform.setup.questions, {
    presets,
    secretName,
    terminal: { input: process.stdin, output: process.stdout },
    checkSetting: (answers, setting) => settingProblem(platform, answers, setting),
  });
  const connection = { id, platform: platform.name, ...(environment ? { environment } : {}), settings };
  const file = configFile(env);
  const text = withConnection(await readText(file), tenant, connection);
  const config = SidelightConfig.safeParse(parse(text));
  const tenantConfig = config.data?.tenants[tenant];
  if (!config.success || !tenantConfig)
    throw new CommandError(`${file} would not be a valid configuration: ${config.error?.issues[0]?.message}. Correct it first.`);
  const problem = await tryConnection(tenantConfig, tenant, id, platform, secret);
  if (problem) {
    print(`That does not work: ${problem.message}`);
    print(`→ ${nextStep(problem.code, tenant, id)}`);
    return 1;
  }
  await storeSecret(config.data.secrets, file, secretName, secret);
  await replaceFile(file, text);
  print(`${platform.label} answers. ${file} has the connection ${id}.`);
  print(`A running sidelight serve applies it. Restart it if the tenant ${tenant} is new.`);
  return 0;
}

/** `--set auth.clientId=sidelight` */
function parsePairs(pairs: readonly string[]): Map<string, string> {
  return new Map(
    pairs.map((pair) => {
      const separator = pair.indexOf("=");
      if (separator < 1) throw new UsageError(`--set is "${pair}". Use --set setting=value.`);
      return [pair.slice(0, separator), pair.slice(separator + 1)];
    }),
  );
}

/** What the platform's schema reports for one setting. Settings that are not answered yet are ignored. */
function settingProblem({ options }: Platform, settings: Record<string, unknown>, setting: string): string | null {
  const parsed = options.safeParse(settings);
  const issue = parsed.error?.issues.find(({ path }) => path.join(".") === setting);
  return issue ? `${setting}: ${issue.message}` : null;
}

/** Signs in with the new connection. @returns the error of the platform, or null when it works */
async function tryConnection(
  config: TenantConfig,
  tenant: string,
  id: string,
  platform: Platform,
  secret: string,
): Promise<PlatformError | null> {
  const [connection] = openDetachedConnections({
    tenant,
    config: { ...config, connections: config.connections.filter((c) => c.id === id) },
    platforms: new Map([[platform.name, platform]]),
    secrets: { get: async () => secret },
  });
  if (!connection) throw new CommandError(`The connection ${id} could not be opened. Run sidelight config check.`);
  try {
    await connection.connector.check({ priority: "interactive", signal: AbortSignal.timeout(checkTimeoutMs) });
    return null;
  } catch (error) {
    if (error instanceof PlatformError) return error;
    throw error;
  } finally {
    await connection.connector.close();
  }
}

/** Writes the secret to the secrets file, or prints where it has to be stored. */
async function storeSecret(config: SidelightConfig["secrets"], configPath: string, name: string, value: string): Promise<void> {
  if (config.provider !== "file") {
    print(`Put the secret into ${describeSecretLocation(config, name)}.`);
    return;
  }
  const file = resolve(dirname(configPath), config.path);
  const text = await readText(file);
  const secrets = text === "" ? {} : (JSON.parse(text) as Record<string, string>);
  await replaceFile(file, `${JSON.stringify({ ...secrets, [name]: value }, null, 2)}\n`, 0o600);
  print(`The secret is in ${file}.`);
  if (await isCommittable(file)) print(`Warning: git does not ignore ${file}. Add it to .gitignore before you commit.`);
}

/** True in a git working tree that does not ignore the file. */
async function isCommittable(file: string): Promise<boolean> {
  try {
    await promisify(execFile)("git", ["check-ignore", "--quiet", file], { cwd: dirname(file) });
    return false;
  } catch (error) {
    // 1: not ignored; 128: no working tree; ENOENT: no git.
    return (error as { code?: unknown }).code === 1;
  }
}
