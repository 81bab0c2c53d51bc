import type { Delivery } from "@sidelight/platform-kit/webhook.ts";
import { z } from "zod";

const Stored = z.object({
  headers: z.record(z.string(), z.string()),
  body: z.base64(),
  from: z.string().nullable(),
  receivedAt: z.number(),
});

/** Not kept: what proves who somebody is has done its work once it was checked. */
const dropped = new Set(["authorization", "cookie", "proxy-authorization"]);

/** A delivery as the quarantine seals it. */
export function toText({ headers, body, from, receivedAt }: Delivery): string {
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.has(name)));
  return JSON.stringify({ headers: kept, body: body.toString("base64"), from, receivedAt });
}

export function toDelivery(text: string): Delivery {
  const { body, ...rest } = Stored.parse(JSON.parse(text));
  return { ...rest, body: Buffer.from(body, "base64") };
}
