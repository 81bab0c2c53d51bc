import type { Platform, Target } from "../simulators/log.ts";
import type { Delivery } from "../world/cause.ts";
import type { Job } from "./job.ts";

/** One webhook of a platform and its current result. */
export interface SentWebhook {
  id: string;
  platform: Platform;
  tenant: string;
  /** `ticket.created`, `outbound_message.Account`, `callout.Opportunity`, `cohort.add_members`. */
  type: string;
  /** ISO, time of the change. */
  at: string;
  /** Number of requests. */
  attempts: number;
  /** Status of the last response; 0 when there is none. */
  status: number;
  /** Requested delivery; null means at once. */
  delivery: Delivery | null;
  state: "waiting" | "delivered" | "failed" | "lost";
  /** ISO, time of the next attempt; null when there is none. */
  dueAt: string | null;
  /** From the change to the acknowledgment, ms on the lab's clock. */
  tookMs: number | null;
  /** Id of the scenario that caused the change, if any. */
  scenario: string | null;
}

/** The listed form of a job. */
export function listed(job: Job, platform: Platform, state: SentWebhook["state"], status: number, now: number): SentWebhook {
  const { id, tenant, type, attempts, delivery, scenario } = job;
  const isPending = state === "waiting" && !job.paused;
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
    dueAt: isPending ? new Date(job.dueAt).toISOString() : null,
    tookMs: state === "delivered" ? now - job.changedAt : null,
    scenario,
  };
}

export interface WebhookLog {
  put(webhook: SentWebhook): void;
  list(filter: {
    platform?: Target | undefined;
    tenant?: string | undefined;
    since?: number | undefined;
    scenario?: string | undefined;
  }): SentWebhook[];
  clear(): void;
}

/** The oldest entries are dropped first. */
export function createWebhookLog(capacity = 20_000): WebhookLog {
  const entries = new Map<string, SentWebhook>();
  return {
    put(webhook) {
      entries.set(webhook.id, webhook);
      if (entries.size > capacity) entries.delete(entries.keys().next().value!);
    },
    list: ({ platform, tenant, since, scenario }) =>
      [...entries.values()].filter(
        (e) =>
          (!platform || e.platform === platform) &&
          (!tenant || e.tenant === tenant) &&
          (!scenario || e.scenario === scenario) &&
          (since === undefined || Date.parse(e.at) >= since),
      ),
    clear: () => entries.clear(),
  };
}
