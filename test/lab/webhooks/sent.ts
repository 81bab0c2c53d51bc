import type { Platform, Target } from "../simulators/log.ts";
import type { Delivery } from "../world/cause.ts";
import type { Job } from "./job.ts";

/** One webhook of a platform, and what has come of it so far. */
export interface SentWebhook {
  id: string;
  platform: Platform;
  tenant: string;
  /** `ticket.created`, `outbound_message.Account`, `callout.Opportunity`, `cohort.add_members`. */
  type: string;
  /** ISO, the change it tells of. */
  at: string;
  /** Requests made. */
  attempts: number;
  /** Of the last answer; 0 while there is none. */
  status: number;
  /** How it was asked to fare; null is at once. */
  delivery: Delivery | null;
  state: "waiting" | "delivered" | "failed" | "lost";
  /** ISO: when it is sent next; null once that is over. */
  dueAt: string | null;
  /** From the change to the acknowledgement, ms by the lab's clock. */
  tookMs: number | null;
  /** What was made to happen, if it was. */
  happening: string | null;
}

/** A job as it is listed. */
export function listed(job: Job, platform: Platform, state: SentWebhook["state"], status: number, now: number): SentWebhook {
  const { id, tenant, type, attempts, delivery, happening } = job;
  const isToCome = state === "waiting" && !job.held;
  return {
    id,
    platform,
    tenant,
    type,
    at: new Date(job.changedAt).toISOString(),
    attempts,
    status,
    delivery,
    state,
    dueAt: isToCome ? new Date(job.dueAt).toISOString() : null,
    tookMs: state === "delivered" ? now - job.changedAt : null,
    happening,
  };
}

export interface SentLog {
  put(webhook: SentWebhook): void;
  list(filter: {
    platform?: Target | undefined;
    tenant?: string | undefined;
    since?: number | undefined;
    happening?: string | undefined;
  }): SentWebhook[];
  clear(): void;
}

/** The oldest go first. */
export function createSentLog(capacity = 20_000): SentLog {
  const entries = new Map<string, SentWebhook>();
  return {
    put(webhook) {
      entries.set(webhook.id, webhook);
      if (entries.size > capacity) entries.delete(entries.keys().next().value!);
    },
    list: ({ platform, tenant, since, happening }) =>
      [...entries.values()].filter(
        (e) =>
          (!platform || e.platform === platform) &&
          (!tenant || e.tenant === tenant) &&
          (!happening || e.happening === happening) &&
          (since === undefined || Date.parse(e.at) >= since),
      ),
    clear: () => entries.clear(),
  };
}
