import { randomBytes } from "node:crypto";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { type NamedSecret, secretsNamedBy } from "@sidelight/platform-kit/settings.ts";
import { z } from "zod";
import { environmentOf } from "../../config/environment.ts";
import { loadConfig } from "../../config/load.ts";
import type { WebhookConfig } from "../../config/schema.ts";
import { putSecret } from "../../security/secrets/file.ts";
import { describeSecretLocation, secretsFile } from "../../security/secrets/index.ts";
import { openConfiguration } from "../editedConfiguration.ts";
import { type CommandContext, configFile } from "../environment.ts";
import { CommandError, UsageError } from "../errors.ts";
import { confirm } from "../questions.ts";
import { settingPairs } from "../settingPairs.ts";
import { webhookAddress } from "./webhooks.ts";

interface AddOptions {
  tenant: string;
  kind?: string;
  set?: string[];
  url?: string;
  yes?: boolean;
}

const print = (text: string): void => void process.stdout.write(`${text}\n`);

/**
 * `sidelight webhooks add <connection>`: writes a webhook to the configuration, creates its token and the secrets that we choose, and
 * prints its address. A secret that the platform issues is stored afterwards; `doctor` reports it until then.
 */
export async function addWebhook(connection: string, options: AddOptions, context: CommandContext): Promise<number> {
  const { tenant } = options;
  const configuration = await openConfiguration(configFile(context.env), environmentOf(context.env));
  const current = configuration.connection(tenant, connection);
  const platform = (await context.loadPlatforms()).find(({ name }) => name === current?.platform);
  if (!current || !platform)
    throw new CommandError(`The configuration has no connection ${connection} of ${tenant}. Add it with sidelight connect.`);
  const kind = kindOf(platform, options.kind);
  const source = platform.webhooks[kind];
  if (!source) throw new UsageError(`${platform.label} has no webhook of kind ${kind}.`);
  const prefix = freePrefix([tenant, connection, kind].join("."), current.webhooks);
  const presets = Object.fromEntries(settingPairs(options.set ?? [], source.options));
  const settings = { ...namesOfSecrets(source.options, prefix), ...presets };
  const parsed = source.options.safeParse(settings);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const setting = issue?.path.join(".") ?? "";
    throw new UsageError(`The webhook ${kind} needs ${setting}: ${issue?.message}. Use --set ${setting}=value.`);
  }
  const entry = { kind, token: `${prefix}.token`, ...settings };
  const texts = configuration.edit(tenant, connection, [
    current.webhooks.length === 0
      ? { path: ["webhooks"], value: [entry] }
      : { path: ["webhooks", String(current.webhooks.length)], value: entry },
  ]);
  const { config, directory } = await loadConfig(configuration.file, configuration.environment, texts);
  print(configuration.difference(texts));
  if (process.stdin.isTTY && !options.yes && !(await confirm("Write this?", { input: process.stdin, output: process.stdout })))
    throw new CommandError("Nothing was written.");

  await configuration.checkFiles(texts);
  const tokenValue = randomBytes(32).toString("base64url");
  const secrets: NamedSecret[] = [
    { name: entry.token, path: ["token"], description: "the end of the webhook's URL", generate: () => tokenValue },
    ...secretsNamedBy(source.options, settings),
  ];
  for (const secret of secrets) {
    const value = secret.generate?.();
    const location = describeSecretLocation(config.secrets, secret.name);
    const file = secretsFile(config.secrets, directory);
    if (value === undefined) print(`Put the secret ${secret.name} (${secret.description}) into ${location}.`);
    else if (file === null) print(`Put this value into ${location}:\n  ${value}`);
    else await putSecret(file, secret.name, value);
    if (value !== undefined && file !== null && secret.name !== entry.token)
      print(`Enter this value at the platform (${secret.description}):\n  ${value}`);
  }
  await configuration.write(texts);
  print(
    `The address of the webhook, whose end is a secret:\n  ${webhookAddress(options.url, { tenant, platform }, tokenValue, context.env)}`,
  );
  print(`Then run sidelight webhooks test ${connection} --tenant ${tenant}.`);
  return 0;
}

function kindOf(platform: Platform, kind: string | undefined): string {
  const kinds = Object.keys(platform.webhooks);
  const chosenKind = kind ?? (kinds.length === 1 ? kinds[0] : undefined);
  if (chosenKind !== undefined && kinds.includes(chosenKind)) return chosenKind;
  const problem =
    kind === undefined ? `${platform.label} has several kinds of webhooks.` : `${platform.label} has no webhook of kind ${kind}.`;
  throw new UsageError(`${problem} Use --kind with one of ${kinds.join(", ")}.`);
}

/**
 * A beginning for names of secrets that no webhook of the connection uses. A second webhook of one kind is how a token is replaced
 * without a gap, so the first one may be gone.
 */
function freePrefix(base: string, webhooks: readonly WebhookConfig[]): string {
  const webhooksText = JSON.stringify(webhooks);
  const isFree = (prefix: string): boolean => !webhooksText.includes(`"${prefix}.`);
  let [prefix, number] = [base, 1];
  while (!isFree(prefix)) prefix = `${base}.${++number}`;
  return prefix;
}

/** A name for each secret that the schema requires. */
function namesOfSecrets(schema: z.ZodType, prefix: string): Record<string, string> {
  if (!(schema instanceof z.ZodObject)) return {};
  const requiredOptions = Object.entries(schema.shape).filter(
    ([, member]) => !(member as z.ZodType).safeParse(undefined).success,
  );
  return Object.fromEntries(
    requiredOptions.flatMap(([name, member]) => {
      const value = `${prefix}.${name}`;
      return secretsNamedBy(member as z.ZodType, value).length > 0 ? [[name, value]] : [];
    }),
  );
}
