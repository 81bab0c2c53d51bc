import { createHmac } from "node:crypto";
import { isSuccess, type Job, type Lane, type Reply, retryAfterMs, statusOf, type Verdict } from "../job.ts";
import { letters, ulid } from "../tokens.ts";
import { createBreaker } from "./breaker.ts";
import type { ZendeskEvent } from "./envelope.ts";

export interface ZendeskTarget {
  url: string;
  /** As it is displayed: it looks like base64 and is used as the text it is. */
  secret: string;
}

const timeoutRetries = 5;
const conflictRetries = 3;
/** Not documented how often; ours. */
const limitedRetries = 5;
/** A longer wait than Zendesk is ready for: the webhook is lost. */
const longestWaitMs = 60_000;

/** An event subscription: signed at each attempt, retried little, and otherwise lost. */
export function zendeskLane(tenant: string, { url, secret }: ZendeskTarget): Lane {
  const webhookId = `01${letters(24, "zendesk-webhook", tenant)}`;
  const breaker = createBreaker();
  const invocations = new Map<string, string>();
  return {
    platform: "zendesk",
    url,
    timeoutMs: 12_000,
    width: 8,
    most: 1,
    gatherMs: 0,
    gate(job, now) {
      const until = breaker.openUntil(now);
      if (until === null) return "go";
      // What was tried before waits; what is new is dropped, as an invocation that their log calls "circuit broken".
      return job.attempts > 0 ? { waitUntil: until } : "failed";
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

/** base64(HMAC-SHA256(TIMESTAMP + BODY)), nothing between them. */
export const signature = (secret: string, timestamp: string, body: string): string =>
  createHmac("sha256", secret).update(timestamp).update(body).digest("base64");

/** @param job with the attempt counted */
export function zendeskVerdict(reply: Reply, { attempts }: Pick<Job, "attempts">, now: number): Verdict {
  if (isSuccess(reply)) return "done";
  // The documentation knows timeouts; that no connection comes about is treated alike. The pauses are ours.
  if (typeof reply === "string") return attempts <= timeoutRetries ? { retryAt: now + 1_000 * 2 ** attempts } : "failed";
  if (statusOf(reply) === 409) return attempts <= conflictRetries ? { retryAt: now + 1_000 * attempts } : "failed";
  if (statusOf(reply) === 429 || statusOf(reply) === 503) {
    const wait = retryAfterMs(reply);
    return wait !== null && wait < longestWaitMs && attempts <= limitedRetries ? { retryAt: now + wait } : "failed";
  }
  return "failed";
}
