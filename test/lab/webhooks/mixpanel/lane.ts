import type { TenantWorld } from "../../world/tenant.ts";
import { isSuccess, type Job, type Lane, type Reply, statusOf, type Verdict } from "../job.ts";
import { type CohortSync, cohortBody } from "./cohort.ts";

export interface CohortTarget {
  url: string;
  username: string;
  password: string;
}

/** "5 times over 60 secs with exponential backoff", then at the next sync. */
const pausesMs = [2_000, 4_000, 8_000, 16_000, 30_000];
const nextSyncMs = 30 * 60_000;
const longestMs = 3 * 86_400_000;
const pausing = [400, 401, 403, 404];

/** Cohort sync to a webhook of one's own: not signed, and halted by whoever refuses it. */
export function cohortLane(world: TenantWorld, projectId: string, { url, username, password }: CohortTarget): Lane {
  let paused = false;
  return {
    platform: "mixpanel",
    url,
    timeoutMs: 30_000,
    // A page after the other.
    width: 1,
    most: 1,
    gatherMs: 0,
    gate: () => (paused ? "held" : "go"),
    compose: ([job]) => ({
      body: JSON.stringify(cohortBody(world, projectId, job!.body as CohortSync)),
      headers: {
        "content-type": "application/json",
        authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`,
      },
    }),
    judge(reply, [job], now) {
      const verdict = cohortVerdict(reply, job!, now);
      if (verdict === "held") paused = true;
      return verdict;
    },
    resume() {
      paused = false;
    },
  };
}

export function cohortVerdict(reply: Reply, job: Pick<Job, "attempts" | "changedAt" | "body">, now: number): Verdict {
  if (pausing.includes(statusOf(reply))) return "held";
  if (isSuccess(reply) && isConfirmed(reply, (job.body as CohortSync).action)) return "done";
  const retryAt = now + (pausesMs[(job.attempts - 1) % (pausesMs.length + 1)] ?? nextSyncMs);
  return retryAt - job.changedAt <= longestMs ? { retryAt } : "failed";
}

/** The answer says which action it is for, and that it succeeded. */
function isConfirmed(reply: Reply, action: string): boolean {
  try {
    const answer = JSON.parse(typeof reply === "string" ? "" : reply.text) as { action?: unknown; status?: unknown };
    return answer.action === action && answer.status === "success";
  } catch {
    return false;
  }
}
