import { dirname, resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { parseArgs } from "node:util";
import { parse } from "yaml";
import { readText, replaceFile, withConnection } from "../config/edit.ts";
import { SidelightConfig, type TenantConfig } from "../config/schema.ts";
import { createCallLog } from "../operations/callLog.ts";
import { systemClock } from "../operations/clock.ts";
import { openConnections } from "../platforms/connections.ts";
import { PlatformError } from "../platforms/errors.ts";
import type { Platform } from "../platforms/platform.ts";
import { nextStep } from "./doctor.ts";
import { configFile, UsageError } from "./environment.ts";

const patienceMs = 15_000;

/**
 * `sidelight connect <platform>`: leads through the platform's pages, tries the connection, and writes it down when it works.
 * Answers come from `--set name=value` or are asked for; a secret comes from standard input, never from an argument.
 */
export async function connect(args: string[], env: NodeJS.ProcessEnv, platforms: readonly Platform[]): Promise<number> {
  const names = platforms.map((p) => p.name).join("|");
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
  const platform = platforms.find((p) => p.name === positionals[0]);
  const { tenant } = values;
  if (!platform || !tenant) throw new UsageError(usage);
  const id = values.id ?? platform.name;
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  say(`Connecting ${platform.label} as ${id}, for ${tenant}.`);
  for (const [i, step] of platform.setup.steps.entries()) say(`  ${i + 1}. ${step}`);

  const secretName = `${tenant}.${id}`;
  const { settings, secret } = await ask(platform, given(values.set ?? [], usage), secretName);
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
  say(`${platform.label} answers. ${file} has the connection ${id}; start sidelight serve anew to use it.`);
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

async function ask(platform: Platform, answers: Map<string, string>, secretName: string) {
  const isTTY = process.stdin.isTTY === true;
  let isHidden = false;
  // What is typed at a terminal is echoed through here, a secret is not.
  const output = new Writable({
    write(chunk: Buffer, _, done) {
      if (!isHidden) process.stdout.write(chunk);
      done();
    },
  });
  const terminal = createInterface({ input: process.stdin, output, terminal: isTTY });
  const lines = terminal[Symbol.asyncIterator]();
  const settings: Record<string, unknown> = {};
  let secret = "";
  try {
    for (const { setting, ask: question, example, isSecret } of platform.setup.questions) {
      let answer = isSecret ? undefined : answers.get(setting);
      if (answer === undefined) {
        process.stdout.write(`${question}${example ? ` (${example})` : ""}: `);
        isHidden = isSecret === true;
        answer = String((await lines.next()).value ?? "").trim();
        if (isHidden || !isTTY) process.stdout.write("\n");
        isHidden = false;
      }
      if (answer === "") throw new UsageError(`${question} is needed`);
      if (isSecret) secret = answer;
      put(settings, setting.split("."), isSecret ? secretName : answer);
      answers.delete(setting);
    }
  } finally {
    terminal.close();
  }
  // Whatever else was set is a setting that has a default.
  for (const [setting, value] of answers) put(settings, setting.split("."), value);
  return { settings, secret };
}

function put(into: Record<string, unknown>, [name = "", ...rest]: string[], value: string): void {
  if (rest.length === 0) {
    into[name] = value;
    return;
  }
  into[name] ??= {};
  put(into[name] as Record<string, unknown>, rest, value);
}

async function tryOut(
  config: TenantConfig,
  tenant: string,
  id: string,
  platform: Platform,
  secret: string,
): Promise<PlatformError | null> {
  const [connection] = openConnections({
    tenant,
    config: { ...config, connections: config.connections.filter((c) => c.id === id) },
    platforms: new Map([[platform.name, platform]]),
    secrets: { get: async () => secret },
    clock: systemClock,
    callLog: createCallLog(),
    onCall: () => {},
    known: new Map(),
    onHealthChange: () => {},
    onBug: () => {},
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
  if (config.provider === "env") {
    const variable = `SIDELIGHT_SECRET_${name.toUpperCase().replace(/[^A-Z0-9]/g, "_")}`;
    say(`Put the secret into the environment of sidelight serve, as ${variable}.`);
    return;
  }
  const file = resolve(dirname(configPath), config.path);
  const text = await readText(file);
  const secrets = text === "" ? {} : (JSON.parse(text) as Record<string, string>);
  await replaceFile(file, `${JSON.stringify({ ...secrets, [name]: value }, null, 2)}\n`, 0o600);
}
