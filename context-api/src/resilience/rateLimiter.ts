import type { Clock } from "@sidelight/model/clock.ts";
import { type Priority, type Quota, QuotaExhaustedError } from "@sidelight/platform-kit/rateLimit.ts";

/** A window up to this length only spaces requests, so that even an interactive call waits for the next one. */
const maxSpacingMs = 2_000;

/** Share of a quota that each priority may use. The remainder is reserved for higher priorities. */
const shares: Record<Priority, number> = { interactive: 1, webhook: 0.9, sync: 0.8, backfill: 0.7 };

/** State of a quota: requests left for an interactive call. */
export interface QuotaState {
  limit: number;
  remaining: number;
  windowMs: number;
}

export interface RateLimiter {
  /**
   * Takes one request from a quota. An interactive call waits for two seconds at most; other priorities wait until it is free.
   * @throws {QuotaExhaustedError} for an interactive call when nothing is left
   */
  acquire(priority: Priority, quota: string, signal: AbortSignal): Promise<void>;
  /** Records what the platform reported. It takes precedence over our own count. */
  observe(quota: string, reported: { limit: number; remaining: number; resetAt: number | null }): void;
  /** Current state by quota name. */
  left(): Record<string, QuotaState>;
}

/** Counts a connection's requests in a sliding window per quota. */
export function createRateLimiter(quotas: Record<string, Quota>, clock: Clock): RateLimiter {
  const requestTimes = new Map<string, number[]>();
  const blockedUntil = new Map<string, number>();
  const reports = new Map<string, { limit: number; remaining: number; at: number }>();

  return {
    async acquire(priority, name, signal) {
      for (;;) {
        signal.throwIfAborted();
        const freeAt = nextFreeAt(priority, name);
        if (freeAt <= clock.now()) {
          timesOf(name).push(clock.now());
          return;
        }
        if (priority === "interactive" && quotaNamed(name).windowMs > maxSpacingMs) throw new QuotaExhaustedError(freeAt);
        await clock.sleep(Math.max(1, freeAt - clock.now()), signal);
      }
    },
    observe(name, { limit, remaining, resetAt }) {
      if (limit > 0) reports.set(name, { limit, remaining, at: clock.now() });
      if (remaining <= 0 && resetAt !== null) blockedUntil.set(name, resetAt);
    },
    left() {
      return Object.fromEntries(Object.keys(quotas).map((name) => [name, stateOf(name)]));
    },
  };

  function stateOf(name: string): QuotaState {
    const { limit, windowMs } = quotaNamed(name);
    const freeCount = Math.max(0, limit - timesOf(name).length);
    if ((blockedUntil.get(name) ?? 0) > clock.now()) return { limit, remaining: 0, windowMs };
    const report = reports.get(name);
    if (!report || report.at < clock.now() - windowMs) return { limit, remaining: freeCount, windowMs };
    return { limit: report.limit, remaining: Math.min(freeCount, report.remaining), windowMs };
  }

  /** Times of the requests in the current window. */
  function timesOf(name: string): number[] {
    const windowStart = clock.now() - quotaNamed(name).windowMs;
    const times = requestTimes.get(name) ?? [];
    requestTimes.set(name, times);
    const firstValid = times.findIndex((time) => time > windowStart);
    times.splice(0, firstValid < 0 ? times.length : firstValid);
    return times;
  }

  /** The earliest time at which this priority may send a request, epoch ms. */
  function nextFreeAt(priority: Priority, name: string): number {
    const { limit, windowMs, unreserved } = quotaNamed(name);
    const share = Math.max(1, unreserved ? limit : Math.floor(limit * shares[priority]));
    const times = timesOf(name);
    // The request that must leave the window before this priority is below its share again.
    const blocking = times.at(-share);
    const freeAt = times.length < share || blocking === undefined ? clock.now() : blocking + windowMs;
    return Math.max(freeAt, blockedUntil.get(name) ?? 0);
  }

  function quotaNamed(name: string): Quota {
    const quota = quotas[name];
    if (!quota) throw new Error(`There is no quota ${name}.`);
    return quota;
  }
}
