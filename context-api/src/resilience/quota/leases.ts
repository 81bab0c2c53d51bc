import type { Clock } from "@sidelight/model/clock.ts";
import { requestClasses } from "./shares.ts";
import { type GrantedRequests, maxExactLimit, type WindowTerms } from "./window.ts";

/** A process holds at most this part of a large quota without using it, divided by the number of processes. */
const maxLeaseShare = 1 / 150;

/** Granted requests that are not sent yet, by class. Most calls of a large quota use one of them, and need no step of the store. */
export interface Leases {
  /** Uses one granted request. */
  use(position: number): boolean;
  /** @param startedAt when the step was sent, on the monotonic clock */
  add(granted: GrantedRequests, startedAt: number): void;
  /** Requests that the next step may take beyond those that wait: more, the faster they were used. */
  sizeOf(position: number): number;
  recordTake(position: number): void;
  /** Requests that were not used in time. They go back with the next step. */
  takeExpired(): GrantedRequests[];
}

interface Lease extends GrantedRequests {
  /** On the monotonic clock. */
  expiresAt: number;
}

export interface LeasesDeps {
  terms: WindowTerms;
  clock: Pick<Clock, "monotonic">;
  members(): number;
}

export function createLeases({ terms, clock, members }: LeasesDeps): Leases {
  const leases: (Lease | null)[] = requestClasses.map(() => null);
  const sizes: number[] = requestClasses.map(() => 0);
  const takenAt: number[] = requestClasses.map(() => Number.NEGATIVE_INFINITY);
  let expired: GrantedRequests[] = [];
  return {
    use(position) {
      const lease = leases[position];
      if (!lease || lease.count === 0 || lease.expiresAt <= clock.monotonic()) return false;
      lease.count -= 1;
      return true;
    },
    add(granted, startedAt) {
      expire(granted.position);
      leases[granted.position] = { ...granted, expiresAt: startedAt + terms.leaseMs };
    },
    sizeOf: (position) => sizes[position] ?? 0,
    recordTake(position) {
      const maxSize = terms.limit <= maxExactLimit ? 0 : Math.floor((terms.limit * maxLeaseShare) / members());
      const isFast = clock.monotonic() - (takenAt[position] ?? 0) < terms.leaseMs;
      const size = sizes[position] ?? 0;
      sizes[position] = Math.min(maxSize, isFast ? Math.max(1, size * 2) : Math.floor(size / 2));
      takenAt[position] = clock.monotonic();
    },
    takeExpired() {
      for (const lease of leases) if (lease && lease.expiresAt <= clock.monotonic()) expire(lease.position);
      const taken = expired;
      expired = [];
      return taken;
    },
  };

  function expire(position: number): void {
    const lease = leases[position];
    leases[position] = null;
    if (lease && lease.count > 0) expired.push({ instant: lease.instant, position, count: lease.count });
  }
}
