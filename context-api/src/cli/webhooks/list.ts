import type { CommandContext } from "../environment.ts";
import { configuredWebhooks, type WebhookFilter, webhookAddress } from "./webhooks.ts";

/** `sidelight webhooks list`: prints the address of each webhook. Exit code 1 when a token is not available. */
export async function listWebhooks(options: WebhookFilter, context: CommandContext): Promise<number> {
  const { webhooks, secrets } = await configuredWebhooks(options, context);
  if (webhooks.length === 0) process.stdout.write("There are no webhooks. Add one with sidelight webhooks add <connection>.\n");
  let code = 0;
  for (const webhook of webhooks) {
    const { tenant, connection, kind, token } = webhook;
    const value = await secrets.get(token).catch(() => null);
    if (value === null) code = 1;
    const address =
      value === null
        ? `the secret ${token} is not available: run sidelight doctor`
        : webhookAddress(options.url, webhook, value, context.env);
    process.stdout.write(`${tenant}  ${connection}  ${kind}  ${address}\n`);
  }
  return code;
}
