import { type PlatformResponse, retryAfter } from "@sidelight/platform-kit/http.ts";
import type { ConnectionTools } from "@sidelight/platform-kit/platform.ts";

/** `core` counts every request. `export` (10 a minute) and `updates` (100 a minute) count incremental exports and ticket updates as well. */
export type ZendeskQuota = "core" | "export" | "updates";

/** One ticket accepts 30 updates in ten minutes: a longer wait than a minute belongs to that ticket and not to the account. */
const minuteMs = 60_000;

/** Reports the quota in the response headers: the account's and, for an update, that of updates. */
export function reportQuota({ status, headers }: PlatformResponse, quota: ZendeskQuota, { now, onQuota }: ConnectionTools): void {
  if (quota === "updates") reportUpdates(headers, status, now(), onQuota);
  const account = accountQuota(headers, now());
  // An update may be refused while the account has quota left: reads must not wait for that.
  if (status === 429 && !(quota === "updates" && account && account.remaining > 0)) {
    const resetAt = retryAfter(headers, now()) ?? now() + minuteMs;
    onQuota(quota === "updates" ? "core" : quota, { limit: 0, remaining: 0, resetAt });
    return;
  }
  if (account) onQuota("core", account);
}

function accountQuota(headers: Record<string, string>, now: number) {
  const remaining = Number(headers["ratelimit-remaining"] ?? headers["x-rate-limit-remaining"] ?? Number.NaN);
  const limit = Number(headers["ratelimit-limit"] ?? headers["x-rate-limit"] ?? Number.NaN);
  const reset = Number(headers["ratelimit-reset"] ?? Number.NaN);
  if (!Number.isFinite(remaining)) return null;
  return { limit, remaining, resetAt: Number.isFinite(reset) ? now + reset * 1000 : null };
}

/** `zendesk-ratelimit-tickets-update: total=100; remaining=99; resets=41` */
function reportUpdates(headers: Record<string, string>, status: number, now: number, onQuota: ConnectionTools["onQuota"]): void {
  const header = headers["zendesk-ratelimit-tickets-update"] ?? "";
  const [, limit, remaining, resets] = /total=(\d+);\s*remaining=(\d+);\s*resets=(\d+)/.exec(header) ?? [];
  if (limit !== undefined) {
    onQuota("updates", { limit: Number(limit), remaining: Number(remaining), resetAt: now + Number(resets) * 1000 });
    return;
  }
  const resetAt = status === 429 ? retryAfter(headers, now) : null;
  if (resetAt !== null && resetAt <= now + minuteMs) onQuota("updates", { limit: 0, remaining: 0, resetAt });
}
