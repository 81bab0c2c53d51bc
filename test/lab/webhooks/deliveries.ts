import type { Cause } from "../world/cause.ts";
import { hash, type Rng, rng } from "../world/prng.ts";
import { type Draft, type Job, jobOf } from "./job.ts";

/** How long a late webhook is held, ms. */
export const LATE = { from: 30_000, to: 90_000 };
/** How much later the second of two equal ones comes, ms. */
export const TWICE = { from: 500, to: 2_000 };
/** How long a reordered change waits for what follows it, ms. */
export const REORDER_MS = 4_000;

export interface Arranged {
  jobs: Job[];
  /** Never sent. */
  lost: Job[];
}

/** What becomes of a change's webhooks, as its cause asks for it; the same for the same seed. */
export function arrange(drafts: readonly Draft[], cause: Cause | null, tenant: string, now: number): Arranged {
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

/** The same message once more: its ids are in its body. */
const twin = (job: Job, dueAt: number): Job => ({ ...job, id: `${job.id}-again`, dueAt });

/** Another order than the given one, unless there is only one. */
export function reordered<T>(list: readonly T[], cause: Cause | null, tenant: string): T[] {
  const r = dice(cause, tenant);
  const out = [...list];
  for (let i = out.length - 1; i > 0; i--) {
    const j = r.int(0, i);
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out.every((item, i) => item === list[i]) ? out.reverse() : out;
}

const dice = (cause: Cause | null, tenant: string): Rng => rng(hash("delivery", tenant, cause?.kind ?? "", cause?.seed ?? 1));
