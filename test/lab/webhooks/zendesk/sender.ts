import { createHmac } from "node:crypto";
import { isSuccess, type Job, type Reply, retryAfterMs, type Sender, statusOf, type Verdict } from "../job.ts";
import { letters, ulid } from "../tokens.ts";
import { createBreaker } from "./breaker.ts";
import type { ZendeskEvent } from "./envelope.ts";

export interface ZendeskTarget {
  url: string;
  /** The secret as displayed. It looks like base64 and is used as text. */
  secret: string;
}

const timeoutRetries = 5;
const conflictRetries = 3;
/** The number is undocumented; our value. */
const limitedRetries = 5;
/** Zendesk drops a webhook whose Retry-After is longer. */
const maxRetryAfterMs = 60_000;

/** An event subscription: signed at each attempt, retried a few times, then dropped. */
export function zendeskSender(tenant: string, { url, secret }: ZendeskTarget): Sender {
  const webhookId = `01${letters(24, "zendesk-webhook", tenant)}`;
  const breaker = createBreaker();
  const invocations = new Map<string, string>();
  return {
    platform: "zendesk",
    url,
    timeoutMs: 12_000,
    width: 8,
    maxBatch: 1,
    gatherMs: 0,
    admission(job, now) {
      const openUntil = breaker.openUntil(now);
      if (openUntil === null) return "send";
      // Retries wait. New webhooks are dropped; Zendesk's log calls them "circuit broken".
      return job.attempts > 0 ? { waitUntil: openUntil } : "failed";
    },
    compose([job], now) {
      const body = JSON.stringify(job!.body as ZendeskEvent);
      const timestamp = new Date(now).toISOString().replace(/\.\d+Z$/, "Z");
      const invocation = invocations.get(job!.id) ?? ulid(now);
      invocations.set(job!.id, invocation);
      return {
        body,
        headers: {
          "content-type": "application/json; charset=utf-8",
          "user-agent": "Zendesk Webhook",
          "x-zendesk-account-id": String((job!.body as ZendeskEvent).account_id),
          "x-zendesk-webhook-id": webhookId,
          "x-zendesk-webhook-invocation-id": invocation,
          "x-zendesk-webhook-signature": signature(secret, timestamp, body),
          "x-zendesk-webhook-signature-timestamp": timestamp,
        },
      };
    },
    judge(reply, [job], now) {
      breaker.record(!isSuccess(reply), now);
      const verdict = zendeskVerdict(reply, job!, now);
      if (typeof verdict === "string") invocations.delete(job!.id);
      return verdict;
    },
  };
}

/** base64(HMAC-SHA256(TIMESTAMP + BODY)), without a separator. */
export const signature = (secret: string, timestamp: string, body: string): string =>
  createHmac("sha256", secret).update(timestamp).update(body).digest("base64");

/** @param job whose attempts include the last one */
export function zendeskVerdict(reply: Reply, { attempts }: Pick<Job, "attempts">, now: number): Verdict {
  if (isSuccess(reply)) return "done";
  // The documentation describes timeouts. A failed connection is treated the same. The delays are our values.
  if (typeof reply === "string") return attempts <= timeoutRetries ? { retryAt: now + 1_000 * 2 ** attempts } : "failed";
  if (statusOf(reply) === 409) return attempts <= conflictRetries ? { retryAt: now + 1_000 * attempts } : "failed";
  if (statusOf(reply) === 429 || statusOf(reply) === 503) {
    const wait = retryAfterMs(reply);
    return wait !== null && wait < maxRetryAfterMs && attempts <= limitedRetries ? { retryAt: now + wait } : "failed";
  }
  return "failed";
}
