import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { parse } from "yaml";
import { readText, replaceFile, withConnection } from "../config/edit.ts";
import { SidelightConfig, type TenantConfig } from "../config/schema.ts";
import { openAside } from "../connections/connections.ts";
import { placeOf } from "../security/secrets/index.ts";
import { nextStep } from "./doctor.ts";
import { configFile, UsageError } from "./environment.ts";
import { askFor } from "./questions.ts";

const patienceMs = 15_000;

/**
 * `sidelight connect <platform>`: leads through the platform's pages, tries the connection, and writes it down when it works.
 * Answers come from `--set name=value` or are asked for; a secret comes from standard input, never from an argument.
 */
export async function connect(args: string[], env: NodeJS.ProcessEnv, platforms: readonly Platform[]): Promise<number> {
  // Where nothing is asked there is nothing to try: such a connection is written by hand.
  const able = platforms.filter((p) => p.setup.questions.length > 0);
  const names = able.map((p) => p.name).join("|");
  const usage = `connect <${names}> --tenant <tenant> [--id <name>] [--environment production|sandbox] [--set <setting>=<value> …]`;
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      tenant: { type: "string" },
      id: { type: "string" },
      environment: { type: "string" },
      set: { type: "string", multiple: true },
    },
  });
  const platform = able.find((p) => p.name === positionals[0]);
  const { tenant } = values;
  if (!platform || !tenant) throw new UsageError(usage);
  const id = values.id ?? platform.name;
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  say(`Connecting ${platform.label} as ${id}, for ${tenant}.`);
  for (const [i, step] of platform.setup.steps.entries()) say(`  ${i + 1}. ${step}`);

  const secretName = `${tenant}.${id}`;
  const terminal = { input: process.stdin, output: process.stdout };
  const { settings, secret } = await askFor(platform.setup.questions, given(values.set ?? [], usage), secretName, terminal);
  const entry = { id, platform: platform.name, ...(values.environment ? { environment: values.environment } : {}), settings };
  const file = configFile(env);
  const text = withConnection(await readText(file), tenant, entry);
  const config = SidelightConfig.safeParse(parse(text));
  if (!config.success) throw new UsageError(`that makes a configuration which can't be used: ${config.error.issues[0]?.message}`);
  const problem = await tryOut(config.data.tenants[tenant]!, tenant, id, platform, secret);
  if (problem) {
    say(`That does not work: ${problem.message}`);
    say(`→ ${nextStep(problem.code, tenant, id)}`);
    return 1;
  }
  await keepSecret(config.data.secrets, file, secretName, secret, say);
  await replaceFile(file, text);
  say(
    `${platform.label} answers. ${file} has the connection ${id}: a running sidelight serve takes it up, or has to be started anew where ${tenant} is new.`,
  );
  return 0;
}

/** `--set auth.clientId=sidelight` */
function given(pairs: readonly string[], usage: string): Map<string, string> {
  return new Map(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) throw new UsageError(usage);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

async function tryOut(
  config: TenantConfig,
  tenant: string,
  id: string,
  platform: Platform,
  secret: string,
): Promise<PlatformError | null> {
  const [connection] = openAside({
    tenant,
    config: { ...config, connections: config.connections.filter((c) => c.id === id) },
    platforms: new Map([[platform.name, platform]]),
    secrets: { get: async () => secret },
  });
  try {
    await connection!.connector.check({ lane: "interactive", signal: AbortSignal.timeout(patienceMs) });
    return null;
  } catch (error) {
    if (error instanceof PlatformError) return error;
    throw error;
  } finally {
    await connection!.connector.close();
  }
}

async function keepSecret(
  config: SidelightConfig["secrets"],
  configPath: string,
  name: string,
  value: string,
  say: (text: string) => void,
): Promise<void> {
  if (config.provider !== "file") {
    say(`Put the secret into ${placeOf(config, name)}.`);
    return;
  }
  const file = resolve(dirname(configPath), config.path);
  const text = await readText(file);
  const secrets = text === "" ? {} : (JSON.parse(text) as Record<string, string>);
  await replaceFile(file, `${JSON.stringify({ ...secrets, [name]: value }, null, 2)}\n`, 0o600);
}
