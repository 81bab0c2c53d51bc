import type { Clock } from "@sidelight/model/clock.ts";
import { boundedCount, boundedInstant, maxWaitMs } from "@sidelight/platform-kit/bounds.ts";
import type { CallOptions } from "@sidelight/platform-kit/callOptions.ts";
import type { Priority, Quota } from "@sidelight/platform-kit/rateLimit.ts";
import { createQuotaQueue, type QuotaQueue, type QuotaState } from "./quota/queue.ts";
import { classOf, requestClasses } from "./quota/shares.ts";
import { createMemoryQuotas, type QuotaStore } from "./quota/store.ts";

export type { QuotaState } from "./quota/queue.ts";

export type AcquireOptions = Pick<CallOptions, "onDemand">;

export interface RateLimiter {
  /** True when all processes count in the same windows. */
  isShared: boolean;
  /**
   * Takes one request from a quota. Higher priorities are served first, and calls of one priority in the order of their arrival. An
   * interactive call waits for two seconds at most; other priorities wait until it is free.
   * @throws {QuotaExhaustedError} for an interactive call when nothing is left
   */
  acquire(priority: Priority, quota: string, signal: AbortSignal, options?: AcquireOptions): Promise<void>;
  /** Records what the platform reported. It takes precedence over our own count. Waits are limited to an hour. */
  observe(quota: string, reported: { limit: number; remaining: number; resetAt: number | null }): void;
  /** Forgets what the platform reported, and lets waiting calls try again. */
  release(): void;
  /** When the first request of a quota was sent since the start, epoch ms; null before that. */
  firstRequestAt(quota: string): number | null;
  /** Current state by quota name; with a shared store as this process last saw it, see {@link RateLimiter.refresh}. */
  left(): Record<string, QuotaState>;
  /** When each quota runs out if its use goes on as lately, epoch ms; null when it does not. */
  forecast(): Record<string, number | null>;
  /** Reads the state of a shared store. */
  refresh(): Promise<void>;
  close(): void;
}

/** Limits a connection's requests in a sliding window per quota. @param store counts for this process alone when left out */
export function createRateLimiter(
  quotas: Record<string, Quota>,
  clock: Clock,
  store: QuotaStore = createMemoryQuotas(clock),
): RateLimiter {
  const queues = new Map<string, QuotaQueue>(
    Object.entries(quotas).map(([name, quota]) => [name, createQuotaQueue({ name, quota, clock, store })]),
  );
  const firstRequests = new Map<string, number>();

  return {
    isShared: store.shared !== undefined,
    async acquire(priority, name, signal, { onDemand } = {}) {
      await queueNamed(name).acquire(requestClasses.indexOf(classOf(priority, onDemand)), signal);
      if (!firstRequests.has(name)) firstRequests.set(name, clock.now());
    },
    observe(name, report) {
      const queue = queues.get(name);
      const now = clock.now();
      const [limit, remaining] = [boundedCount(report.limit), boundedCount(Math.max(0, report.remaining))];
      if (remaining === null || !queue) return;
      const resetAt = boundedInstant(report.resetAt, now);
      const lifetimeMs = Math.min(queue.quota.windowMs, maxWaitMs, (resetAt ?? Number.POSITIVE_INFINITY) - now);
      queue.observe({
        ...(limit !== null && limit > 0 ? { report: { limit, remaining, lifetimeMs: Math.ceil(lifetimeMs) } } : {}),
        ...(remaining === 0 && resetAt !== null ? { blockedMs: Math.ceil(resetAt - now) } : {}),
      });
    },
    release() {
      for (const queue of queues.values()) queue.release();
    },
    firstRequestAt: (name) => firstRequests.get(name) ?? null,
    left: () => Object.fromEntries([...queues].map(([name, queue]) => [name, queue.state()])),
    forecast: () => Object.fromEntries([...queues].map(([name, queue]) => [name, queue.runsOutAt()])),
    async refresh() {
      await Promise.all([...queues.values()].map((queue) => queue.refresh()));
    },
    close() {
      for (const queue of queues.values()) queue.close();
    },
  };

  function queueNamed(name: string): QuotaQueue {
    const queue = queues.get(name);
    if (!queue) throw new Error(`There is no quota ${name}.`);
    return queue;
  }
}
