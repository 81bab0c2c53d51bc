import { execFile } from "node:child_process";
import { dirname, resolve } from "node:path";
import { promisify } from "node:util";
import { systemClock } from "@sidelight/model/clock.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { changesBetween } from "../config/diff.ts";
import type { SettingChange } from "../config/edit.ts";
import { environmentOf } from "../config/environment.ts";
import { loadConfig } from "../config/load.ts";
import type { ConnectionConfig, SidelightConfig, TenantConfig } from "../config/schema.ts";
import { putSecret } from "../security/secrets/file.ts";
import { describeSecretLocation, secretProvider } from "../security/secrets/index.ts";
import type { SecretProvider } from "../security/secrets/provider.ts";
import { setUpFields } from "./connectFields.ts";
import { nextStep } from "./doctor.ts";
import { type EditedConfiguration, openConfiguration } from "./editedConfiguration.ts";
import { type CommandContext, configFile } from "./environment.ts";
import { CommandError, UsageError } from "./errors.ts";
import { type Answers, askQuestions, confirm } from "./questions.ts";
import { problemAt, settingPairs } from "./settingPairs.ts";
import { withConnector } from "./withConnector.ts";

const checkTimeoutMs = 15_000;

interface ConnectOptions {
  tenant: string;
  id?: string;
  environment?: string;
  /** `setting=value` pairs. */
  set?: string[];
  /** Replaces a stored secret of the same name without a question. */
  yes?: boolean;
  /** Creates the account's fields that the default routes fill. Asked for at a terminal when left out. */
  fields?: boolean;
}

const terminal = { input: process.stdin, output: process.stdout };
const print = (text: string): void => void process.stdout.write(`${text}\n`);

/**
 * `sidelight connect <platform>`: shows the steps on the platform's pages, asks for the settings, tries the connection, shows what
 * changes in the configuration and writes it. A connection that exists keeps everything that was not asked for. A secret comes from
 * the terminal or standard input, never from an argument.
 */
export async function connect(name: string, options: ConnectOptions, { env, loadPlatforms }: CommandContext): Promise<number> {
  // A platform without questions has no account to sign in to: its connection is written by hand.
  const connectable = (await loadPlatforms()).filter((platform) => platform.setup.questions.length > 0);
  const platform = connectable.find((candidate) => candidate.name === name);
  if (!platform)
    throw new UsageError(`"${name}" is not a platform to connect. Use one of ${connectable.map((p) => p.name).join(", ")}.`);
  const { tenant, id = platform.name } = options;
  const configuration = await openConfiguration(configFile(env), environmentOf(env));
  const current = configuration.connection(tenant, id);
  if (current && current.platform !== platform.name)
    throw new UsageError(`The connection ${id} belongs to ${current.platform}. Choose another name with --id.`);
  if (options.fields && !platform.setup.fields)
    throw new UsageError(`${platform.label} has no fields to create. Leave out --fields.`);
  const presets = settingPairs(options.set ?? [], platform.options, platform.setup.questions, current?.settings);
  print(`${current ? "Changing the connection" : `Connecting ${platform.label} as`} ${id}, for ${tenant}.`);
  if (!current) for (const [i, step] of platform.setup.steps.entries()) print(`  ${i + 1}. ${step}`);

  const answers = await askQuestions(platform.setup.questions, {
    presets,
    current: current?.settings ?? null,
    secretName: `${tenant}.${id}`,
    terminal,
    checkSetting: (settings, setting) => {
      const problem = problemAt(platform.options, settings, setting.split("."));
      return problem === null ? null : `${setting}: ${problem}`;
    },
  });
  const texts = configuration.edit(tenant, id, changesOf(platform, options, answers.settings, current));
  const next = await loadConfig(configuration.file, configuration.environment, texts);
  const tenantConfig = next.config.tenants[tenant];
  if (!tenantConfig) throw new CommandError(`${configuration.file} could not be changed. Add the connection by hand.`);
  const storedSecrets = secretProvider(next.config.secrets, next.directory, env, systemClock.monotonic);
  const problem = await tryConnection(tenantConfig, tenant, id, platform, {
    get: async (secret) =>
      secret === answers.secretName && answers.secret !== null ? answers.secret : await storedSecrets.get(secret),
  });
  if (problem) {
    print(`That does not work: ${problem.message}`);
    print(`→ ${nextStep(problem, tenant, id)}`);
    return 1;
  }
  // A secret of another provider is stored by the operator.
  const isStoredHere = answers.secret !== null && next.config.secrets.provider === "file";
  const replacesSecret = isStoredHere && current === null && (await hasOtherSecret(storedSecrets, answers));
  await showAndConfirm(configuration, texts, replacesSecret ? answers.secretName : null, options);
  await configuration.checkFiles(texts);
  if (answers.secret !== null) await storeSecret(next.config.secrets, configuration.file, answers.secretName, answers.secret);
  await configuration.write(texts);
  print(`${platform.label} answers. ${configuration.file} has the connection ${id}.`);
  print(`A running sidelight serve applies it. Restart it if the tenant ${tenant} is new.`);
  const fieldOptions = { tenant, id, isRequested: options.fields ?? false, isConfirmed: options.yes ?? false, terminal, env };
  return await setUpFields(platform, fieldOptions);
}

/** The values to write: all of a new connection, and those that differ of one that exists. */
function changesOf(
  platform: Platform,
  { environment }: ConnectOptions,
  settings: Record<string, unknown>,
  current: ConnectionConfig | null,
): SettingChange[] {
  const environmentChange =
    environment && environment !== current?.environment ? [{ path: ["environment"], value: environment }] : [];
  if (!current)
    return [{ path: ["platform"], value: platform.name }, ...environmentChange, { path: ["settings"], value: settings }];
  const changes = changesBetween(current.settings, settings).map(({ path, next }) => ({
    path: ["settings", ...path],
    value: next,
  }));
  return [...environmentChange, ...changes];
}

/** True when the provider has another value under this name: a connection of another purpose may use it. */
async function hasOtherSecret(storedSecrets: SecretProvider, { secretName, secret }: Answers): Promise<boolean> {
  const value = await storedSecrets.get(secretName).catch(() => null);
  return value !== null && value !== secret;
}

async function showAndConfirm(
  configuration: EditedConfiguration,
  texts: ReadonlyMap<string, string>,
  replacedSecret: string | null,
  { yes = false }: ConnectOptions,
): Promise<void> {
  const difference = configuration.difference(texts);
  print(difference === "" ? "The configuration files stay as they are." : difference);
  if (replacedSecret !== null) print(`There already is a secret ${replacedSecret}, with another value. It would be replaced.`);
  if (yes) return;
  if (terminal.input.isTTY) {
    if (await confirm("Write this?", terminal)) return;
    throw new CommandError("Nothing was written.");
  }
  if (replacedSecret !== null)
    throw new CommandError(`Nothing was written. Use another --id, or --yes to replace the secret ${replacedSecret}.`);
}

/** Signs in with the new connection. @returns the error of the platform, or null when it works */
async function tryConnection(
  config: TenantConfig,
  tenant: string,
  id: string,
  platform: Platform,
  secrets: SecretProvider,
): Promise<PlatformError | null> {
  try {
    await withConnector({ config, tenant, id, platform, secrets }, (connector) =>
      connector.check({ priority: "interactive", signal: AbortSignal.timeout(checkTimeoutMs) }),
    );
    return null;
  } catch (error) {
    if (error instanceof PlatformError) return error;
    throw error;
  }
}

/** Writes the secret to the secrets file, or prints where it has to be stored. */
async function storeSecret(config: SidelightConfig["secrets"], configPath: string, name: string, value: string): Promise<void> {
  if (config.provider !== "file") {
    print(`Put the secret into ${describeSecretLocation(config, name)}.`);
    return;
  }
  const file = resolve(dirname(configPath), config.path);
  await putSecret(file, name, value);
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
