import { type PlatformResponse, retryAfter } from "@sidelight/platform-kit/http.ts";
import type { ConnectionTools } from "@sidelight/platform-kit/platform.ts";

/** `core` counts every request, `export` the incremental exports and `updates` those of single tickets on top (10 and 100 a minute). */
export type ZendeskPool = "core" | "export" | "updates";

/** One ticket takes 30 updates in ten minutes: a longer wait than the account's minute is that ticket's alone. */
const minuteMs = 60_000;

/** Tells the budget what an answer's headers say of the account's allowance and, of an update, of that for updates. */
export function readAllowance(
  { status, headers }: PlatformResponse,
  pool: ZendeskPool,
  { now, onAllowance }: ConnectionTools,
): void {
  if (pool === "updates") readUpdates(headers, status, now(), onAllowance);
  const account = accountOf(headers, now());
  // An update may be refused while the account has room: reads aren't to wait for that.
  if (status === 429 && !(pool === "updates" && account && account.remaining > 0)) {
    const resetAt = retryAfter(headers, now()) ?? now() + minuteMs;
    onAllowance(pool === "updates" ? "core" : pool, { limit: 0, remaining: 0, resetAt });
    return;
  }
  if (account) onAllowance("core", account);
}

function accountOf(headers: Record<string, string>, now: number) {
  const remaining = Number(headers["ratelimit-remaining"] ?? headers["x-rate-limit-remaining"] ?? Number.NaN);
  const limit = Number(headers["ratelimit-limit"] ?? headers["x-rate-limit"] ?? Number.NaN);
  const reset = Number(headers["ratelimit-reset"] ?? Number.NaN);
  if (!Number.isFinite(remaining)) return null;
  return { limit, remaining, resetAt: Number.isFinite(reset) ? now + reset * 1000 : null };
}

/** `zendesk-ratelimit-tickets-update: total=100; remaining=99; resets=41` */
function readUpdates(
  headers: Record<string, string>,
  status: number,
  now: number,
  onAllowance: ConnectionTools["onAllowance"],
): void {
  const said = headers["zendesk-ratelimit-tickets-update"] ?? "";
  const [, limit, remaining, resets] = /total=(\d+);\s*remaining=(\d+);\s*resets=(\d+)/.exec(said) ?? [];
  if (limit !== undefined) {
    onAllowance("updates", { limit: Number(limit), remaining: Number(remaining), resetAt: now + Number(resets) * 1000 });
    return;
  }
  const resetAt = status === 429 ? retryAfter(headers, now) : null;
  if (resetAt !== null && resetAt <= now + minuteMs) onAllowance("updates", { limit: 0, remaining: 0, resetAt });
}
