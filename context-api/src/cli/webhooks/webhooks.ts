import { systemClock } from "@sidelight/model/clock.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import type { WebhookSource } from "@sidelight/platform-kit/webhook.ts";
import { environmentOf } from "../../config/environment.ts";
import { loadConfig } from "../../config/load.ts";
import type { WebhookConfig } from "../../config/schema.ts";
import { secretProvider } from "../../security/secrets/index.ts";
import type { SecretProvider } from "../../security/secrets/provider.ts";
import { type CommandContext, configFile, portNumber } from "../environment.ts";
import { CommandError, UsageError } from "../errors.ts";
import { noTenant } from "../runtime.ts";

export interface WebhookFilter {
  tenant?: string;
  connection?: string | undefined;
  kind?: string;
  url?: string;
}

/** One webhook of the configuration. */
export interface ConfiguredWebhook {
  tenant: string;
  connection: string;
  platform: Platform;
  kind: string;
  source: WebhookSource;
  /** Parsed by the source's schema. */
  options: unknown;
  /** Name of the secret at the end of the address. */
  token: string;
}

/**
 * The webhooks of the configuration that a command was called for, and the provider of their secrets.
 * @throws {CommandError} when the configuration has no such tenant or connection
 */
export async function configuredWebhooks(
  { tenant, connection, kind }: WebhookFilter,
  { env, loadPlatforms }: CommandContext,
): Promise<{ webhooks: ConfiguredWebhook[]; secrets: SecretProvider }> {
  const { config, directory } = await loadConfig(configFile(env), environmentOf(env));
  const platforms = new Map((await loadPlatforms()).map((platform) => [platform.name, platform]));
  if (tenant !== undefined && !Object.hasOwn(config.tenants, tenant))
    throw new CommandError(noTenant(tenant, Object.keys(config.tenants)));
  const connections = Object.entries(config.tenants)
    .filter(([name]) => tenant === undefined || name === tenant)
    .flatMap(([name, { connections }]) => connections.map((entry) => ({ tenant: name, ...entry })))
    .filter(({ id }) => connection === undefined || id === connection);
  if (connection !== undefined && connections.length === 0)
    throw new CommandError(`The configuration has no connection ${connection}. Add one with sidelight connect.`);
  const webhooks = connections.flatMap((entry) =>
    entry.webhooks.flatMap((webhook) => {
      const platform = platforms.get(entry.platform);
      return platform ? [configuredWebhook(entry.tenant, entry.id, platform, webhook)] : [];
    }),
  );
  return {
    webhooks: webhooks.filter((webhook) => kind === undefined || webhook.kind === kind),
    secrets: secretProvider(config.secrets, directory, env, systemClock.monotonic),
  };
}

function configuredWebhook(
  tenant: string,
  connection: string,
  platform: Platform,
  { kind, token, allowFrom: _, requestsPerMinute: __, ...options }: WebhookConfig,
): ConfiguredWebhook {
  const source = Object.hasOwn(platform.webhooks, kind) ? platform.webhooks[kind] : undefined;
  const parsed = source?.options.safeParse(options);
  if (!source || !parsed?.success)
    throw new CommandError(`The webhook ${kind} of ${tenant}.${connection} is not valid. Run sidelight config check.`);
  return { tenant, connection, platform, kind, source, options: parsed.data, token };
}

/** The address of a webhook. @param base `https://sidelight.mycompany.com`; the local server when left out */
export function webhookAddress(
  base: string | undefined,
  { tenant, platform }: Pick<ConfiguredWebhook, "tenant" | "platform">,
  token: string,
  env: NodeJS.ProcessEnv,
): string {
  const root = base ?? `http://localhost:${portNumber(env)}`;
  if (!URL.canParse(root) || !/^https?:$/.test(new URL(root).protocol))
    throw new UsageError(`--url is "${root}". Use an address such as https://sidelight.mycompany.com.`);
  return `${root.replace(/\/+$/, "")}/v1/webhooks/${tenant}/${platform.name}/${token}`;
}
