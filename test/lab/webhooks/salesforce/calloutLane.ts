import { createHmac } from "node:crypto";
import { isSuccess, type Job, type Lane, type Reply, retryAfterMs, statusOf, type Verdict } from "../job.ts";
import type { Callout } from "./drafts.ts";

export interface CalloutTarget {
  url: string;
  /** `whsec_` and base64. */
  secret: string;
}

/** As a queueable job may put itself off: ten minutes at most. */
const pausesMs = [60_000, 120_000, 240_000, 480_000, 600_000];

/** A callout by Apex, signed as Standard Webhooks has it. Which failures it repeats is for our own Apex to say, and said here. */
export function calloutLane({ url, secret }: CalloutTarget): Lane {
  return {
    platform: "salesforce",
    url,
    timeoutMs: 10_000,
    width: 4,
    most: 1,
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
  if (pause === undefined || (status >= 300 && status < 500 && status !== 429)) return "failed";
  return { retryAt: now + Math.max(pause, retryAfterMs(reply) ?? 0) };
}
