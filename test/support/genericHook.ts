import { createHmac, randomUUID } from "node:crypto";
import type { Answer, House } from "./house.ts";
import type { WebhookResult } from "./zendeskHook.ts";

export interface GenericSending {
  tenant?: string;
  token?: string;
  secret?: string;
  id?: string;
  /** Unix seconds; the house's present when left out. */
  timestamp?: string;
  signature?: string;
  headers?: Record<string, string>;
}

/** `v1,base64(HMAC-SHA256(id "." timestamp "." body))`, as Standard Webhooks has it; written here apart from the product's own. */
export function standardSignature(secret: string, id: string, timestamp: string, body: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
}

export async function sendGeneric(house: House, body: unknown, sending: GenericSending = {}): Promise<Answer<WebhookResult>> {
  const { tenant = "acme", token, id = `msg_${randomUUID()}` } = sending;
  const own = house.webhooks[tenant]!;
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const timestamp = sending.timestamp ?? String(Math.floor(house.clock.now() / 1000));
  const signature = sending.signature ?? standardSignature(sending.secret ?? own.generic, id, timestamp, text);
  return await house.ask(`/v1/webhooks/${tenant}/generic/${token ?? own.token.generic}`, {
    role: null,
    method: "POST",
    body: text,
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      "webhook-signature": signature,
      ...sending.headers,
    },
  });
}
