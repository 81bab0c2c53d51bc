import type { Clock } from "@sidelight/model/clock.ts";
import { redisScript } from "../redis/script.ts";
import { type SharedState, unavailable } from "../redis/sharedState.ts";
import { createRequestLimit, type LimitState } from "./requestLimit.ts";

const windowMs = 60_000;
/** A process holds at most this part of a limit without using it, divided by the number of processes. */
const maxLeaseShare = 1 / 50;
/** Old windows are forgotten after this long, by the time of Redis. */
const keyTtlMs = 2 * windowMs;

/** Counts requests by name in fixed windows of a minute, for all processes together. */
export interface SharedRequestLimit {
  /** Counts a request that is allowed without a call to Redis. Null, and nothing is counted, when that is not certain. */
  tryTake(name: string, cost?: number): LimitState | null;
  /** Counts a request if it is allowed. @param cost as in `RequestLimit` */
  take(name: string, cost?: number): Promise<LimitState>;
}

/** Requests of one name that this process may send in the present window. */
interface Lease {
  window: number;
  granted: number;
  used: number;
  /** Used ones that are also counted for the time without Redis. */
  charged: number;
  /** Requests that all processes took in the window, as last seen. */
  total: number;
  /** Requests that wait for the next step. */
  waitingCost: number;
  pending: Promise<boolean> | null;
}

const takeScript = redisScript(`
local used = tonumber(redis.call('GET', KEYS[1]) or '0')
local requested, needed, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local left = math.max(0, limit - used)
local granted = math.min(requested, left)
if granted < needed then granted = 0 end
if granted > 0 then
  used = redis.call('INCRBY', KEYS[1], granted)
  redis.call('PEXPIRE', KEYS[1], ${keyTtlMs})
end
return {granted, used}
`);

export interface SharedRequestLimitDeps {
  /** Names the limit in keys: `api`. */
  kind: string;
  limit: number;
  shared: SharedState;
  clock: Pick<Clock, "monotonic">;
}

/** Without Redis, and while it is lost, each process allows its part of the limit. */
export function createSharedRequestLimit({ kind, limit, shared, clock }: SharedRequestLimitDeps): SharedRequestLimit {
  const leases = new Map<string, Lease>();
  const local = createRequestLimit(() => Math.max(1, Math.floor(limit / shared.members())), clock);
  let currentWindow = Number.NEGATIVE_INFINITY;

  return {
    tryTake(name, cost = 1) {
      const state = shared.isUp() ? takeLeased(name, Math.min(limit, cost)) : takeAlone(name, cost);
      return state?.isAllowed ? state : null;
    },
    async take(name, requestedCost = 1) {
      const cost = Math.min(limit, requestedCost);
      while (shared.isUp()) {
        const state = takeLeased(name, cost);
        if (state) return state;
        if (!(await extend(name, leaseOf(name), cost))) break;
      }
      return takeAlone(name, cost);
    },
  };

  /** What was sent with a lease in this window counts for the part of this process. */
  function takeAlone(name: string, cost: number): LimitState {
    const lease = leaseOf(name);
    const uncharged = lease.used - lease.charged;
    if (uncharged > 0) local.take(name, uncharged);
    lease.charged = lease.used;
    return local.take(name, cost);
  }

  function leaseOf(name: string): Lease {
    const window = Math.floor(shared.now() / windowMs);
    if (window !== currentWindow) {
      // All names share one window, so that old leases need no sweeping.
      leases.clear();
      currentWindow = window;
    }
    const lease = leases.get(name) ?? { window, granted: 0, used: 0, charged: 0, total: 0, waitingCost: 0, pending: null };
    leases.set(name, lease);
    return lease;
  }

  /** Null when Redis has to decide. */
  function takeLeased(name: string, cost: number): LimitState | null {
    const lease = leaseOf(name);
    const free = lease.granted - lease.used;
    const isAllowed = cost <= free;
    if (!isAllowed && cost <= free + limit - lease.total) return null;
    if (isAllowed) {
      lease.used += cost;
      // The next lease arrives before this one is used up.
      if (free - cost <= leaseSize() / 2 && lease.total < limit) void extend(name, lease, 0);
    }
    return stateOf(lease, isAllowed);
  }

  function stateOf(lease: Lease, isAllowed: boolean): LimitState {
    const remaining = Math.max(0, limit - lease.total + lease.granted - lease.used);
    const resetSeconds = Math.max(1, Math.ceil(((lease.window + 1) * windowMs - shared.now()) / 1000));
    return { isAllowed, limit, remaining, resetSeconds, windowSeconds: windowMs / 1000 };
  }

  function leaseSize(): number {
    return Math.max(1, Math.floor((limit * maxLeaseShare) / shared.members()));
  }

  /** Takes a lease that is large enough for all who wait. @returns false while Redis is lost */
  async function extend(name: string, lease: Lease, cost: number): Promise<boolean> {
    lease.waitingCost += cost;
    lease.pending ??= requestLease(name, lease);
    return await lease.pending;
  }

  async function requestLease(name: string, lease: Lease): Promise<boolean> {
    // Requests of the same turn share one step.
    await Promise.resolve();
    const needed = Math.min(limit, Math.max(1, lease.waitingCost - (lease.granted - lease.used)));
    lease.waitingCost = 0;
    const key = `requests:${kind}:{${name}}:${lease.window}`;
    const result = await shared.run(takeScript, [key], [Math.max(needed, leaseSize()), 1, limit]);
    lease.pending = null;
    if (result === unavailable) return false;
    const [granted, total] = result as [number, number];
    lease.granted += granted;
    lease.total = total;
    return true;
  }
}
