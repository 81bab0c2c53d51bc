import { randomUUID } from "node:crypto";
import type { Platform } from "../simulators/log.ts";
import type { Cause, Delivery } from "../world/cause.ts";

/** Each sender has its own form, endpoint and retry rules. */
export const LANES = ["zendesk", "outboundMessage", "callout", "cohort"] as const;
export type SenderName = (typeof LANES)[number];

/** One webhook of a change. Plain data, because the queue file stores it. */
export interface Draft {
  sender: SenderName;
  /** Listed type: `ticket.created`. */
  type: string;
  /** Drafts of one group may share a request. */
  group: string;
  /** Input of the sender's request. */
  body: unknown;
}

/** A draft in the queue. */
export interface Job extends Draft {
  id: string;
  tenant: string;
  /** ms, time of the change. */
  changedAt: number;
  /** ms, time of the next attempt. */
  dueAt: number;
  attempts: number;
  delivery: Delivery | null;
  scenario: string | null;
  /** The platform stopped sending until it is resumed. */
  paused?: boolean;
}

export const jobOf = (draft: Draft, tenant: string, cause: Cause | null, now: number): Job => ({
  ...draft,
  id: randomUUID(),
  tenant,
  changedAt: now,
  dueAt: now,
  attempts: 0,
  delivery: cause?.delivery ?? null,
  scenario: cause?.id ?? null,
});

/** The result of a request. `unreachable`: no connection. */
export type Reply = { status: number; headers: Headers; text: string } | "timeout" | "unreachable";

export type Verdict = "done" | "failed" | "pause" | { retryAt: number };

/** Sends one platform's webhooks of one form for one tenant. */
export interface Sender {
  platform: Platform;
  url: string;
  timeoutMs: number;
  /** Maximum concurrent requests. */
  width: number;
  /** Maximum jobs of a request, and how long the first one waits for others, ms. */
  maxBatch: number;
  gatherMs: number;
  /** Called before each request: send it, wait until an instant, drop it, or pause. */
  admission?(job: Job, now: number): "send" | "failed" | "pause" | { waitUntil: number };
  /** Builds and signs the request. Null when there is nothing left to send. */
  compose(jobs: readonly Job[], now: number): { headers: Record<string, string>; body: string } | null;
  /** Called after each request. `attempts` of the jobs includes it. */
  judge(reply: Reply, jobs: readonly Job[], now: number): Verdict;
  /** Resumes the sender. */
  resume?(): void;
}

export const statusOf = (reply: Reply): number => (typeof reply === "string" ? 0 : reply.status);
export const isSuccess = (reply: Reply): boolean => statusOf(reply) >= 200 && statusOf(reply) < 300;

/** `Retry-After` in whole seconds, as ms. Null when it is absent or a date. */
export function retryAfterMs(reply: Reply): number | null {
  const text = typeof reply === "string" ? null : reply.headers.get("retry-after");
  return text !== null && /^\d{1,6}$/.test(text) ? Number(text) * 1_000 : null;
}
