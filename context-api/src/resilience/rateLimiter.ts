import type { Clock } from "@sidelight/model/clock.ts";
import { boundedCount, boundedInstant, maxWaitMs } from "@sidelight/platform-kit/bounds.ts";
import type { CallOptions } from "@sidelight/platform-kit/callOptions.ts";
import { type Priority, priorities, type Quota, QuotaExhaustedError } from "@sidelight/platform-kit/rateLimit.ts";

/** A window up to this length only spaces requests, so that even an interactive call waits for the next one. */
const maxSpacingMs = 2_000;

/**
 * Share of a quota that each priority always has to itself: no other priority may use it. A burst of readers leaves requests for
 * webhooks and pulls, and the other way round. A backfill uses what is left.
 */
const guaranteedShares: Record<Priority, number> = { interactive: 0.2, webhook: 0.1, sync: 0.1, backfill: 0 };

/**
 * Shares of a quota for what any caller can cause at will: searches for customers that are not in the store, because addresses can be
 * invented, and refreshes. The two together leave requests for interactive calls that somebody needs.
 */
const onDemandShares = { search: 0.25, refresh: 0.35 } as const;
type OnDemand = keyof typeof onDemandShares;

/** State of a quota: requests left in its window, for all priorities together. */
export interface QuotaState {
  limit: number;
  remaining: number;
  windowMs: number;
  /** The platform refuses all requests until this instant, epoch ms; null when it does not. */
  blockedUntil: number | null;
}

export type AcquireOptions = Pick<CallOptions, "onDemand">;

export interface RateLimiter {
  /**
   * Takes one request from a quota. An interactive call waits for two seconds at most; other priorities wait until it is free.
   * @throws {QuotaExhaustedError} for an interactive call when nothing is left
   */
  acquire(priority: Priority, quota: string, signal: AbortSignal, options?: AcquireOptions): Promise<void>;
  /** Records what the platform reported. It takes precedence over our own count. Waits are limited to an hour. */
  observe(quota: string, reported: { limit: number; remaining: number; resetAt: number | null }): void;
  /** Forgets what the platform reported, and lets waiting calls try again. */
  release(): void;
  /** When the first request of a quota was sent since the start, epoch ms; null before that. */
  firstRequestAt(quota: string): number | null;
  /** Current state by quota name. */
  left(): Record<string, QuotaState>;
}

interface SentRequest {
  /** On the monotonic clock: a step of the system's time must not block a quota. */
  at: number;
  priority: Priority;
  onDemand: OnDemand | null;
}

/** What the platform reported about a quota. Other clients of the same account use it too. */
interface Report {
  limit: number;
  remaining: number;
  /** Requests of the window that we and the other clients may use: ours when it was reported, and what was left. */
  capacity: number;
  /** Requests that we sent since then. */
  sentCount: number;
  /** On the monotonic clock. */
  endsAt: number;
}

/** Requests of one quota's window, counted. */
type Counts = Record<Priority | OnDemand, number>;

/** Counts a connection's requests in a sliding window per quota. */
export function createRateLimiter(quotas: Record<string, Quota>, clock: Clock): RateLimiter {
  const windows = new Map<string, SentRequest[]>();
  /** On the monotonic clock, as the times of reports. */
  const blockedUntil = new Map<string, number>();
  const reports = new Map<string, Report>();
  const firstRequests = new Map<string, number>();
  let releaseSignal = new AbortController();

  return {
    async acquire(priority, name, signal, { onDemand } = {}) {
      const request = { priority, onDemand: priority === "interactive" ? (onDemand ?? null) : null };
      for (;;) {
        signal.throwIfAborted();
        const waitMs = nextFreeAt(request, name) - clock.monotonic();
        if (waitMs <= 0) {
          windowOf(name).push({ ...request, at: clock.monotonic() });
          const report = reports.get(name);
          if (report) report.sentCount += 1;
          if (!firstRequests.has(name)) firstRequests.set(name, clock.now());
          return;
        }
        const isRefused = priority === "interactive" && quotaNamed(name).windowMs > maxSpacingMs;
        if (isRefused) throw new QuotaExhaustedError(clock.now() + waitMs);
        const release = releaseSignal.signal;
        await clock.sleep(Math.max(1, waitMs), AbortSignal.any([signal, release])).catch((error: unknown) => {
          if (signal.aborted || !release.aborted) throw error;
        });
      }
    },
    observe(name, report) {
      const now = clock.now();
      const [limit, remaining] = [boundedCount(report.limit), boundedCount(Math.max(0, report.remaining))];
      if (remaining === null || !quotas[name]) return;
      const resetAt = boundedInstant(report.resetAt, now);
      const lifetimeMs = Math.min(quotaNamed(name).windowMs, maxWaitMs, (resetAt ?? Number.POSITIVE_INFINITY) - now);
      if (limit !== null && limit > 0) {
        const endsAt = clock.monotonic() + lifetimeMs;
        reports.set(name, { limit, remaining, capacity: windowOf(name).length + remaining, sentCount: 0, endsAt });
      }
      if (remaining === 0 && resetAt !== null) blockedUntil.set(name, clock.monotonic() + resetAt - now);
    },
    release() {
      blockedUntil.clear();
      reports.clear();
      releaseSignal.abort();
      releaseSignal = new AbortController();
    },
    firstRequestAt: (name) => firstRequests.get(name) ?? null,
    left() {
      return Object.fromEntries(Object.keys(quotas).map((name) => [name, stateOf(name)]));
    },
  };

  function stateOf(name: string): QuotaState {
    const { limit, windowMs } = quotaNamed(name);
    const now = clock.monotonic();
    const freeCount = Math.max(0, limit - windowOf(name).length);
    const blockedMs = (blockedUntil.get(name) ?? now) - now;
    const state = { limit, windowMs, blockedUntil: null };
    if (blockedMs > 0) return { ...state, remaining: 0, blockedUntil: clock.now() + blockedMs };
    const report = currentReport(name);
    if (!report) return { ...state, remaining: freeCount };
    return { ...state, limit: report.limit, remaining: Math.min(freeCount, report.remaining) };
  }

  /** The requests in the current window, oldest first. */
  function windowOf(name: string): SentRequest[] {
    const windowStart = clock.monotonic() - quotaNamed(name).windowMs;
    const requests = windows.get(name) ?? [];
    windows.set(name, requests);
    const firstValid = requests.findIndex(({ at }) => at > windowStart);
    requests.splice(0, firstValid < 0 ? requests.length : firstValid);
    return requests;
  }

  function currentReport(name: string): Report | null {
    const report = reports.get(name);
    return report && report.endsAt > clock.monotonic() ? report : null;
  }

  /** The earliest time at which this request may be sent, on the monotonic clock. */
  function nextFreeAt(request: Omit<SentRequest, "at">, name: string): number {
    const quota = quotaNamed(name);
    const requests = windowOf(name);
    const counts = countsOf(requests);
    const report = currentReport(name);
    const sharedFreeAt = report && !leavesShares(request, counts, quota, report) ? report.endsAt : 0;
    let freeAt = clock.monotonic();
    for (const oldest of requests) {
      if (hasRoom(request, counts, quota)) break;
      count(counts, oldest, -1);
      freeAt = oldest.at + quota.windowMs;
    }
    return Math.max(freeAt, sharedFreeAt, blockedUntil.get(name) ?? freeAt);
  }

  function quotaNamed(name: string): Quota {
    const quota = quotas[name];
    if (!quota) throw new Error(`There is no quota ${name}.`);
    return quota;
  }
}

/** True when the quota has a request that no other priority is guaranteed. One request is always possible in an empty window. */
function hasRoom({ priority, onDemand }: Omit<SentRequest, "at">, counts: Counts, { limit, unreserved }: Quota): boolean {
  const usedCount = priorities.reduce((sum, name) => sum + counts[name], 0);
  if (unreserved) return usedCount < limit;
  if (onDemand && counts[onDemand] >= Math.max(1, Math.floor(limit * onDemandShares[onDemand]))) return false;
  const reservedCount = priorities
    .filter((candidate) => candidate !== priority)
    .reduce((sum, name) => sum + Math.max(0, Math.round(limit * guaranteedShares[name]) - counts[name]), 0);
  return usedCount < Math.max(1, limit - reservedCount);
}

/**
 * What other clients of the account leave is kept for the higher priorities: each has its share of it, as far as it has not used it.
 * True when there are no others.
 */
function leavesShares(
  { priority, onDemand }: Omit<SentRequest, "at">,
  counts: Counts,
  { limit, unreserved }: Quota,
  { capacity, remaining, sentCount }: Report,
): boolean {
  if (capacity >= limit) return true;
  const usedByName: Counts = { ...counts, interactive: counts.interactive - counts.search - counts.refresh };
  const higher = onDemand ? (["interactive"] as const) : priorities.slice(0, priorities.indexOf(priority));
  const keptCount = unreserved
    ? 0
    : higher.reduce((sum, name) => sum + Math.max(0, Math.round(capacity * guaranteedShares[name]) - usedByName[name]), 0);
  return remaining - sentCount > keptCount;
}

function countsOf(requests: readonly SentRequest[]): Counts {
  const counts: Counts = { interactive: 0, webhook: 0, sync: 0, backfill: 0, search: 0, refresh: 0 };
  for (const request of requests) count(counts, request, 1);
  return counts;
}

function count(counts: Counts, { priority, onDemand }: SentRequest, change: 1 | -1): void {
  counts[priority] += change;
  if (onDemand) counts[onDemand] += change;
}
