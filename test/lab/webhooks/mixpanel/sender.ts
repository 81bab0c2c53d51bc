import type { TenantWorld } from "../../world/tenant.ts";
import { isSuccess, type Job, type Reply, type Sender, statusOf, type Verdict } from "../job.ts";
import { type CohortSync, cohortBody } from "./cohort.ts";

export interface CohortTarget {
  url: string;
  username: string;
  password: string;
}

/** "5 times over 60 secs with exponential backoff", then at the next sync. */
const pausesMs = [2_000, 4_000, 8_000, 16_000, 30_000];
const nextSyncMs = 30 * 60_000;
const maxRetryMs = 3 * 86_400_000;
const pausing = [400, 401, 403, 404];

/** Cohort sync to a custom webhook: unsigned, and paused when it is refused. */
export function cohortSender(world: TenantWorld, projectId: string, { url, username, password }: CohortTarget): Sender {
  let isPaused = false;
  return {
    platform: "mixpanel",
    url,
    timeoutMs: 30_000,
    // Pages are sent one after the other.
    width: 1,
    maxBatch: 1,
    gatherMs: 0,
    admission: () => (isPaused ? "pause" : "send"),
    compose: ([job]) => ({
      body: JSON.stringify(cohortBody(world, projectId, job!.body as CohortSync)),
      headers: {
        "content-type": "application/json",
        authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`,
      },
    }),
    judge(reply, [job], now) {
      const verdict = cohortVerdict(reply, job!, now);
      if (verdict === "pause") isPaused = true;
      return verdict;
    },
    resume() {
      isPaused = false;
    },
  };
}

export function cohortVerdict(reply: Reply, job: Pick<Job, "attempts" | "changedAt" | "body">, now: number): Verdict {
  if (pausing.includes(statusOf(reply))) return "pause";
  if (isSuccess(reply) && isConfirmed(reply, (job.body as CohortSync).action)) return "done";
  const retryAt = now + (pausesMs[(job.attempts - 1) % (pausesMs.length + 1)] ?? nextSyncMs);
  return retryAt - job.changedAt <= maxRetryMs ? { retryAt } : "failed";
}

/** The response names the action and reports success. */
function isConfirmed(reply: Reply, action: string): boolean {
  try {
    const answer = JSON.parse(typeof reply === "string" ? "" : reply.text) as { action?: unknown; status?: unknown };
    return answer.action === action && answer.status === "success";
  } catch {
    return false;
  }
}
