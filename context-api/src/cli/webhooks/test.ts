import { testHeader } from "@sidelight/platform-kit/webhook.ts";
import { SecretError, type SecretProvider } from "../../security/secrets/provider.ts";
import type { CommandContext } from "../environment.ts";
import { CommandError } from "../errors.ts";
import { type ConfiguredWebhook, configuredWebhooks, type WebhookFilter, webhookAddress } from "./webhooks.ts";

const timeoutMs = 15_000;

/**
 * `sidelight webhooks test`: sends each webhook a request that is signed as the platform signs it. The server verifies and acknowledges
 * it, and stores nothing. Exit code 1 when one is not accepted.
 */
export async function testWebhooks(
  connection: string | undefined,
  options: WebhookFilter,
  context: CommandContext,
): Promise<number> {
  const { webhooks, secrets } = await configuredWebhooks({ ...options, connection }, context);
  if (webhooks.length === 0) throw new CommandError("There is no such webhook. See sidelight webhooks list.");
  let code = 0;
  for (const webhook of webhooks) {
    const problem = await problemOf(webhook, secrets, options.url, context.env);
    if (problem !== null) code = 1;
    const { tenant, connection: id, kind } = webhook;
    process.stdout.write(
      `${problem === null ? "ok    " : "WRONG "} ${tenant}  ${id}  ${kind}${problem === null ? "" : `\n       ${problem}`}\n`,
    );
  }
  return code;
}

/** Null when the server accepted the request. */
async function problemOf(
  webhook: ConfiguredWebhook,
  secrets: SecretProvider,
  base: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<string | null> {
  try {
    const { headers, body } = await webhook.source.testRequest(webhook.options, {
      now: Date.now,
      secret: (name) => secrets.get(name),
    });
    const address = webhookAddress(base, webhook, await secrets.get(webhook.token), env);
    const response = await fetch(address, {
      method: "POST",
      headers: { ...headers, [testHeader]: "true" },
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.arrayBuffer();
    return response.ok ? null : statusText(response.status);
  } catch (error) {
    if (error instanceof SecretError) return `${error.message}\n       → sidelight doctor`;
    if (error instanceof RangeError) return `${error.message}\n       → sidelight doctor`;
    if (error instanceof TypeError || (error instanceof Error && error.name === "TimeoutError"))
      return "the server does not answer\n       → start sidelight serve, and check --url";
    throw error;
  }
}

function statusText(status: number): string {
  if (status === 401)
    return "the server refused it: 401\n       → its log says which part failed; a running serve reads changed secrets within 30 s";
  if (status === 404)
    return "the server has no webhooks at this address: 404\n       → check --url, and the path that the proxy passes on";
  return `the server answered ${status}\n       → see the log of sidelight serve`;
}
