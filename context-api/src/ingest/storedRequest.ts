import type { WebhookRequest } from "@sidelight/platform-kit/webhook.ts";
import { z } from "zod";

const Stored = z.object({
  headers: z.record(z.string(), z.string()),
  body: z.base64(),
  from: z.string().nullable(),
  receivedAt: z.number(),
});

/** Credentials of the sender are not stored: they were checked already. */
const omittedHeaders = new Set(["authorization", "cookie", "proxy-authorization"]);

/** A request as the text that the quarantine seals. */
export function encodeRequest({ headers, body, from, receivedAt }: WebhookRequest): string {
  const storedHeaders = Object.fromEntries(Object.entries(headers).filter(([name]) => !omittedHeaders.has(name)));
  return JSON.stringify({ headers: storedHeaders, body: body.toString("base64"), from, receivedAt });
}

export function decodeRequest(text: string): WebhookRequest {
  const { body, ...fields } = Stored.parse(JSON.parse(text));
  return { ...fields, body: Buffer.from(body, "base64") };
}
