import type { TenantWorld } from "../../world/tenant.ts";
import type { SfRow } from "../../world/types.ts";
import { type Job, type Reply, type Sender, statusOf, type Verdict } from "../job.ts";
import type { QueuedNotification } from "./drafts.ts";
import { isAcknowledged, outboundMessage } from "./soap.ts";

const firstRetryMs = 30_000;
const maxRetryMs = 2 * 3_600_000;
const queueMs = 24 * 3_600_000;

/** Outbound messages: unsigned, and retried for a day until they are acknowledged. */
export function outboundSender(world: TenantWorld, orgUrl: string, { url }: { url: string }): Sender {
  return {
    platform: "salesforce",
    url,
    timeoutMs: 60_000,
    width: 1,
    maxBatch: 100,
    gatherMs: 200,
    compose(jobs) {
      const items = jobs.flatMap((job) => {
        const notification = job.body as QueuedNotification;
        const row: SfRow | undefined = world.salesforce.tables[notification.object].get(notification.recordId);
        return row && row["IsDeleted"] !== true ? [{ queued: notification, row }] : [];
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

/** @param jobs of one message, which is acknowledged as a unit */
export function outboundVerdict(reply: Reply, jobs: readonly Pick<Job, "attempts" | "changedAt">[], now: number): Verdict {
  if (typeof reply !== "string" && statusOf(reply) === 200 && isAcknowledged(reply.text)) return "done";
  const [{ attempts, changedAt }] = jobs as [Job];
  const retryAt = now + Math.min(maxRetryMs, firstRetryMs * 2 ** (attempts - 1));
  return retryAt - changedAt <= queueMs ? { retryAt } : "failed";
}
