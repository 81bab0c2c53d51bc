import { adaptToQuota, scarcestPart } from "@sidelight/platform-kit/adaptiveBatch.ts";
import type { Stream } from "@sidelight/platform-kit/platform.ts";
import type { Connection } from "../connections/connections.ts";
import type { RateLimiter } from "../resilience/rateLimiter.ts";

/** A webhook that reported nothing for this long may be broken. */
const maxSilenceMs = 86_400_000;
const maxFactor = 4;
/** Of a stream that also brings objects that no webhook reports: only its pulls can bring these soon. */
const maxFactorWithUnreported = 2;
const maxIntervalMs = 3_600_000;
/** The next pull confirms values before they become stale. */
const staleShare = 0.8;

/** Time between two pulls of one stream without a configured schedule. */
export interface PullInterval {
  /** Ms. @param now by the monotonic clock */
  current(now: number): number;
  /** @param foundChanges true when the pull brought a change that no webhook had reported */
  recordPull(foundChanges: boolean, now: number): void;
}

/**
 * While webhooks report every change of a stream's objects, pulls only look for lost ones: each pull that finds none doubles the
 * interval, up to four times; up to twice for a stream that also brings what no webhook reports. A change that was not reported, or
 * silence of the webhooks, returns to the platform's own interval. While little of the quota is left, the interval is longer: a pull then
 * brings the changes of a longer time.
 */
export function createPullInterval(
  { intervalMs, objects, quota, bringsUnreported = false }: Pick<Stream, "intervalMs" | "objects" | "quota" | "bringsUnreported">,
  { reportedAt, staleMs, rateLimiter }: Pick<Connection, "reportedAt" | "staleMs"> & { rateLimiter: Pick<RateLimiter, "left"> },
): PullInterval {
  let factor = 1;
  const largestFactor = bringsUnreported ? maxFactorWithUnreported : maxFactor;
  const longest = Math.max(intervalMs, Math.min(maxIntervalMs, staleMs * staleShare));
  const isReported = (now: number): boolean =>
    objects.every((object) => now - (reportedAt(object) ?? Number.NEGATIVE_INFINITY) < maxSilenceMs);
  return {
    current(now) {
      const ample = isReported(now) ? Math.min(intervalMs * factor, longest) : intervalMs;
      const left = quota === undefined ? undefined : rateLimiter.left()[quota];
      return adaptToQuota({ ample, scarce: longest }, scarcestPart(left ? [left] : []));
    },
    recordPull(foundChanges, now) {
      factor = foundChanges || !isReported(now) ? 1 : Math.min(factor * 2, largestFactor);
    },
  };
}
