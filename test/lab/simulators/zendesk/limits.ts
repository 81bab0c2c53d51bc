import { fixedWindow, slidingWindow, type Window } from "../clock.ts";
import type { Context } from "../context.ts";
import { ZendeskError } from "./errors.ts";

export interface UpdateLimits {
  /** Counts one update of a ticket and returns the rate limit headers. Throws 429 over the limit. */
  take(ticket: number): Record<string, string>;
}

export interface AccountLimits extends UpdateLimits {
  /** Counts one request of the account. Returns the 429 over the limit. */
  request(path: string): ZendeskError | null;
  headers(): Record<string, string>;
  exceeded(description: string, seconds: number): ZendeskError;
}

const TEN_MINUTES = 600_000;

export function accountLimits(ctx: Context): AccountLimits {
  const plan = ctx.limits.zendesk;
  const account = fixedWindow(ctx.clock, plan.requestsPerMinute);
  const exports = fixedWindow(ctx.clock, plan.exportsPerMinute);
  const updates = fixedWindow(ctx.clock, plan.ticketUpdatesPerMinute);
  const perTicket = new Map<number, Window>();
  ctx.world.onReset(() => {
    for (const window of [account, exports, updates]) window.clear();
    perTicket.clear();
  });

  const headers = (): Record<string, string> => ({
    "x-rate-limit": String(account.limit),
    "x-rate-limit-remaining": String(account.remaining()),
    "ratelimit-limit": String(account.limit),
    "ratelimit-remaining": String(account.remaining()),
    "ratelimit-reset": String(account.resets()),
  });
  const refuseOverLimit = (description: string, seconds: number): ZendeskError =>
    new ZendeskError(429, { error: "APIRateLimitExceeded", description }, { ...headers(), "retry-after": String(seconds) });
  const updateHeader = (): string => `total=${updates.limit}; remaining=${updates.remaining()}; resets=${updates.resets()}`;

  return {
    headers,
    exceeded: refuseOverLimit,
    request(path) {
      if (!account.take()) return refuseOverLimit("Number of allowed API requests per minute exceeded", account.resets());
      if (path.startsWith("/api/v2/incremental/") && !exports.take()) {
        return refuseOverLimit("Number of allowed incremental export API requests per minute exceeded", exports.resets());
      }
      return null;
    },
    take(ticket) {
      const window = perTicket.get(ticket) ?? slidingWindow(ctx.clock, plan.updatesPerTicket, TEN_MINUTES);
      perTicket.set(ticket, window);
      if (!window.take())
        throw refuseOverLimit(
          "Number of allowed updates of this ticket per ten minutes exceeded",
          Math.ceil(window.wait() / 1000),
        );
      if (!updates.take()) throw refuseOverLimit("Number of allowed ticket updates per minute exceeded", updates.resets());
      return { "zendesk-ratelimit-tickets-update": updateHeader() };
    },
  };
}
