import { createHmac, randomUUID } from "node:crypto";
import type { ApiResponse, Harness } from "./harness.ts";
import type { WebhookResult } from "./zendeskWebhook.ts";

export interface GenericOverrides {
  tenant?: string;
  token?: string;
  secret?: string;
  id?: string;
  /** Unix seconds. Default: the harness's clock. */
  timestamp?: string;
  signature?: string;
  headers?: Record<string, string>;
}

/** `v1,base64(HMAC-SHA256(id "." timestamp "." body))` as in Standard Webhooks. Independent of the product's own code. */
export function standardSignature(secret: string, id: string, timestamp: string, body: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
}

export async function sendGeneric(
  harness: Harness,
  body: unknown,
  overrides: GenericOverrides = {},
): Promise<ApiResponse<WebhookResult>> {
  const { tenant = "acme", token, id = `msg_${randomUUID()}` } = overrides;
  const webhooks = harness.webhooks[tenant]!;
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const timestamp = overrides.timestamp ?? String(Math.floor(harness.clock.now() / 1000));
  const signature = overrides.signature ?? standardSignature(overrides.secret ?? webhooks.generic, id, timestamp, text);
  return await harness.request(`/v1/webhooks/${tenant}/generic/${token ?? webhooks.token.generic}`, {
    role: null,
    method: "POST",
    body: text,
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      "webhook-signature": signature,
      ...overrides.headers,
    },
  });
}
