import type { TenantWorld } from "../../world/tenant.ts";
import type { SfRow } from "../../world/types.ts";
import { type Job, type Lane, type Reply, statusOf, type Verdict } from "../job.ts";
import type { QueuedNotification } from "./drafts.ts";
import { isAcknowledged, outboundMessage } from "./soap.ts";

const firstRetryMs = 30_000;
const longestRetryMs = 2 * 3_600_000;
const queueMs = 24 * 3_600_000;

/** Outbound messages: nothing is signed, and what isn't acknowledged comes again for a day. */
export function outboundLane(world: TenantWorld, orgUrl: string, { url }: { url: string }): Lane {
  return {
    platform: "salesforce",
    url,
    timeoutMs: 60_000,
    width: 1,
    most: 100,
    gatherMs: 200,
    compose(jobs) {
      const items = jobs.flatMap((job) => {
        const queued = job.body as QueuedNotification;
        const row: SfRow | undefined = world.salesforce.tables[queued.object].get(queued.recordId);
        return row && row["IsDeleted"] !== true ? [{ queued, row }] : [];
      });
      if (items.length === 0) return null;
      return {
        body: outboundMessage(world, orgUrl, items),
        headers: { "content-type": "text/xml; charset=utf-8", soapaction: '""' },
      };
    },
    judge: (reply, jobs, now) => outboundVerdict(reply, jobs, now),
  };
}

/** @param jobs of one message: it is acknowledged as a whole, or not at all */
export function outboundVerdict(reply: Reply, jobs: readonly Pick<Job, "attempts" | "changedAt">[], now: number): Verdict {
  if (typeof reply !== "string" && statusOf(reply) === 200 && isAcknowledged(reply.text)) return "done";
  const [{ attempts, changedAt }] = jobs as [Job];
  const retryAt = now + Math.min(longestRetryMs, firstRetryMs * 2 ** (attempts - 1));
  return retryAt - changedAt <= queueMs ? { retryAt } : "failed";
}
