import { createHmac } from "node:crypto";
import { type Dispatcher, request } from "undici";
import { secret } from "./bench.ts";

let messages = 0;

/** Sends the events `from` to `from + count` in one signed request. Resolves when they are acknowledged. */
export async function sendEvents(port: string, from: number, count: number, dispatcher?: Dispatcher): Promise<void> {
  const now = Date.now();
  const events = Array.from({ length: count }, (_, i) => {
    const n = from + i;
    const user = `user-${n % 2_000}`;
    return {
      id: `e-${n}`,
      type: "order.paid",
      at: new Date(now).toISOString(),
      customer: { userId: user },
      data: { n, user, amount: n % 500 },
    };
  });
  const body = JSON.stringify(events);
  const id = `msg_${++messages}_${now}`;
  const timestamp = String(Math.floor(now / 1000));
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const signature = `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
  const answer = await request(`http://127.0.0.1:${port}/v1/webhooks/bench/generic/the-token`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      "webhook-signature": signature,
    },
    body,
    ...(dispatcher ? { dispatcher } : {}),
  });
  const result = (await answer.body.json()) as { accepted: number };
  if (answer.statusCode !== 202 || result.accepted !== count)
    throw new Error(`answered ${answer.statusCode} ${JSON.stringify(result)}`);
}
