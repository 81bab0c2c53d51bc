import type { Cause } from "../world/cause.ts";
import { hash, type Rng, rng } from "../world/prng.ts";
import { type Draft, type Job, jobOf } from "./job.ts";

/** Delay of a late webhook, ms. */
export const LATE = { from: 30_000, to: 90_000 };
/** Delay of the duplicate, ms. */
export const TWICE = { from: 500, to: 2_000 };
/** How long a reordered change waits for the next ones, ms. */
export const REORDER_MS = 4_000;

export interface DeliveryPlan {
  jobs: Job[];
  /** Never sent. */
  lost: Job[];
}

/** Plans how a change's webhooks are delivered. The same seed gives the same plan. */
export function arrange(drafts: readonly Draft[], cause: Cause | null, tenant: string, now: number): DeliveryPlan {
  const r = dice(cause, tenant);
  const jobs = drafts.map((draft) => jobOf(draft, tenant, cause, now));
  switch (cause?.delivery) {
    case "lost":
      return { jobs: [], lost: jobs };
    case "late":
      return { jobs: jobs.map((job) => ({ ...job, dueAt: now + r.int(LATE.from, LATE.to) })), lost: [] };
    case "duplicate":
      return { jobs: jobs.flatMap((job) => [job, twin(job, now + r.int(TWICE.from, TWICE.to))]), lost: [] };
    default:
      return { jobs, lost: [] };
  }
}

/** The same message again. Its ids are in its body. */
const twin = (job: Job, dueAt: number): Job => ({ ...job, id: `${job.id}-again`, dueAt });

/** Another order than the given one, unless there is only one. */
export function reordered<T>(list: readonly T[], cause: Cause | null, tenant: string): T[] {
  const r = dice(cause, tenant);
  const order = [...list];
  for (let i = order.length - 1; i > 0; i--) {
    const j = r.int(0, i);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order.every((item, i) => item === list[i]) ? order.reverse() : order;
}

const dice = (cause: Cause | null, tenant: string): Rng => rng(hash("delivery", tenant, cause?.kind ?? "", cause?.seed ?? 1));
