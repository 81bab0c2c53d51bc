import type { CallOptions } from "@sidelight/platform-kit/callOptions.ts";
import type { Priority, Quota } from "@sidelight/platform-kit/rateLimit.ts";

/** Who a request is for: its priority, and what an interactive one was caused by. Their positions are in shared values. */
export const requestClasses = ["interactive", "search", "refresh", "webhook", "sync", "backfill"] as const;
export type RequestClass = (typeof requestClasses)[number];

/** Requests by position in {@link requestClasses}. */
export type ClassCounts = number[];

/** Classes that share a guarantee, highest priority first. */
const priorityClasses: readonly (readonly number[])[] = [[0, 1, 2], [3], [4], [5]];

/**
 * Share of a quota that each priority always has to itself: no other priority may use it. A burst of readers leaves requests for
 * webhooks and pulls, and the other way round. A backfill uses what is left.
 */
export const guaranteedShares: readonly number[] = [0.2, 0.1, 0.1, 0];

/**
 * Shares of a quota for what any caller can cause at will: searches for customers that are not in the store, because addresses can be
 * invented, and refreshes. The two together leave requests for interactive calls that somebody needs. By position of the class.
 */
export const onDemandShares: readonly (number | null)[] = [null, 0.25, 0.35, null, null, null];

export function classOf(priority: Priority, onDemand: CallOptions["onDemand"]): RequestClass {
  return priority === "interactive" ? (onDemand ?? "interactive") : priority;
}

const priorityOf = (index: number): number => priorityClasses.findIndex((classes) => classes.includes(index));

const sumOf = (counts: ClassCounts): number => counts.reduce((sum, count) => sum + count, 0);

/** True when the quota has a request that no other priority is guaranteed. One request is always possible in an empty window. */
export function hasRoom(index: number, counts: ClassCounts, { limit, unreserved }: Pick<Quota, "limit" | "unreserved">): boolean {
  const usedCount = sumOf(counts);
  if (unreserved) return usedCount < limit;
  const onDemandShare = onDemandShares[index] ?? null;
  if (onDemandShare !== null && (counts[index] ?? 0) >= Math.max(1, Math.floor(limit * onDemandShare))) return false;
  const ownPriority = priorityOf(index);
  const reservedCount = priorityClasses.reduce((sum, classes, priority) => {
    if (priority === ownPriority) return sum;
    const priorityCount = classes.reduce((count, position) => count + (counts[position] ?? 0), 0);
    return sum + Math.max(0, Math.round(limit * (guaranteedShares[priority] ?? 0)) - priorityCount);
  }, 0);
  return usedCount < Math.max(1, limit - reservedCount);
}

/** What a platform reported about a quota. Other clients of the same account use it too. */
export interface QuotaReport {
  limit: number;
  remaining: number;
  /** Requests of the window that we and the other clients may use: ours when it was reported, and what was left. */
  capacity: number;
  /** Requests that we sent since then. */
  sentCount: number;
  /** When it no longer counts, on the clock of the window. */
  endsAt: number;
}

/**
 * What other clients of the account leave is kept for the higher priorities: each has its share of it, as far as it has not used it.
 * True when there are no others.
 */
export function leavesShares(
  index: number,
  counts: ClassCounts,
  { limit, unreserved }: Pick<Quota, "limit" | "unreserved">,
  { capacity, remaining, sentCount }: QuotaReport,
): boolean {
  if (capacity >= limit) return true;
  // A call that any caller can cause leaves the interactive share to the others, and counts for none of it.
  const higherPriorities = (onDemandShares[index] ?? null) !== null ? 1 : priorityOf(index);
  const [interactive = 0, , , webhook = 0, sync = 0] = counts;
  const usedCounts = [interactive, webhook, sync, 0];
  const keptCount = unreserved
    ? 0
    : usedCounts
        .slice(0, higherPriorities)
        .reduce((sum, used, i) => sum + Math.max(0, Math.round(capacity * (guaranteedShares[i] ?? 0)) - used), 0);
  return remaining - sentCount > keptCount;
}
