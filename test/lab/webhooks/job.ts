import { randomUUID } from "node:crypto";
import type { Platform } from "../simulators/log.ts";
import type { Cause, Delivery } from "../world/cause.ts";

/** The ways out: each has its own form, its own address and its own rules for what fails. */
export const LANES = ["zendesk", "outboundMessage", "callout", "cohort"] as const;
export type LaneName = (typeof LANES)[number];

/** What a change gives a platform to say. Plain data: a restart reads it back from a file. */
export interface Draft {
  lane: LaneName;
  /** As it is listed: `ticket.created`. */
  type: string;
  /** Drafts of one group may go in one request. */
  group: string;
  /** What the lane makes its request of. */
  body: unknown;
}

/** A draft on its way. */
export interface Job extends Draft {
  id: string;
  tenant: string;
  /** ms, the change. */
  changedAt: number;
  /** ms, when it is sent next. */
  dueAt: number;
  attempts: number;
  delivery: Delivery | null;
  happening: string | null;
  /** Its platform has stopped sending until somebody tells it to go on. */
  held?: boolean;
}

export const jobOf = (draft: Draft, tenant: string, cause: Cause | null, now: number): Job => ({
  ...draft,
  id: randomUUID(),
  tenant,
  changedAt: now,
  dueAt: now,
  attempts: 0,
  delivery: cause?.delivery ?? null,
  happening: cause?.id ?? null,
});

/** What came back. A connection that could not be made is `unreachable`. */
export type Reply = { status: number; headers: Headers; text: string } | "timeout" | "unreachable";

export type Verdict = "done" | "failed" | "held" | { retryAt: number };

/** One platform's sending of one tenant's webhooks of one form. */
export interface Lane {
  platform: Platform;
  url: string;
  timeoutMs: number;
  /** Requests under way at once. */
  width: number;
  /** Jobs that one request may carry, and how long the first waits for the others, ms. */
  most: number;
  gatherMs: number;
  /** Asked before each request: `go`, wait until an instant, or give up. */
  gate?(job: Job, now: number): "go" | "failed" | "held" | { waitUntil: number };
  /** The request, signed now. Null when there is nothing left to say. */
  compose(jobs: readonly Job[], now: number): { headers: Record<string, string>; body: string } | null;
  /** Called once a request; `attempts` of the jobs counts it already. */
  judge(reply: Reply, jobs: readonly Job[], now: number): Verdict;
  /** Somebody has told the platform to go on. */
  resume?(): void;
}

export const statusOf = (reply: Reply): number => (typeof reply === "string" ? 0 : reply.status);
export const isSuccess = (reply: Reply): boolean => statusOf(reply) >= 200 && statusOf(reply) < 300;

/** `Retry-After` in whole seconds, ms; null where it is absent or a date. */
export function retryAfterMs(reply: Reply): number | null {
  const text = typeof reply === "string" ? null : reply.headers.get("retry-after");
  return text !== null && /^\d{1,6}$/.test(text) ? Number(text) * 1_000 : null;
}
