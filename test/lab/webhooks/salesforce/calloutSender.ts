import { createHmac } from "node:crypto";
import { isSuccess, type Job, type Reply, type Sender, statusOf, type Verdict } from "../job.ts";
import type { Callout } from "./drafts.ts";

export interface CalloutTarget {
  url: string;
  /** `whsec_` and base64. */
  secret: string;
}

/** SidelightNotify in apps/salesforce retries after a minute, then after ten. */
const pausesMs = [60_000, 600_000];

/** A callout by our Apex class, signed as a Standard Webhook, with the retries of that class. */
export function calloutSender({ url, secret }: CalloutTarget): Sender {
  return {
    platform: "salesforce",
    url,
    timeoutMs: 10_000,
    width: 4,
    maxBatch: 1,
    gatherMs: 0,
    compose([job], now) {
      const { id, events } = job!.body as Callout;
      const body = JSON.stringify({ events });
      const timestamp = String(Math.floor(now / 1000));
      return {
        body,
        headers: {
          "content-type": "application/json",
          "webhook-id": id,
          "webhook-timestamp": timestamp,
          "webhook-signature": `v1,${standardSignature(secret, id, timestamp, body)}`,
        },
      };
    },
    judge: (reply, [job], now) => calloutVerdict(reply, job!, now),
  };
}

/** https://www.standardwebhooks.com: base64(HMAC-SHA256(key, `id.timestamp.body`)), the key being what follows `whsec_`. */
export function standardSignature(secret: string, id: string, timestamp: string, body: string): string {
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  return createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
}

export function calloutVerdict(reply: Reply, { attempts }: Pick<Job, "attempts">, now: number): Verdict {
  if (isSuccess(reply)) return "done";
  const pause = pausesMs[attempts - 1];
  const status = statusOf(reply);
  const isTransient = status === 0 || status === 429 || status >= 500;
  return pause === undefined || !isTransient ? "failed" : { retryAt: now + pause };
}
