import type { Clock } from "@sidelight/model/clock.ts";
import { entryLimit } from "@sidelight/model/entryLimit.ts";
import { LRUCache } from "lru-cache";
import type { Connection } from "../connections/connections.ts";
import { type FetchOutcome, isFailure } from "./fetchOutcome.ts";

/**
 * Fetches of a customer that failed a short time ago. Every answer about the customer shows them, not only the one that waited for the
 * fetch: a stream would otherwise remove the problem at once, because the other connections of the same refresh succeeded.
 */
export interface RecentFailures {
  /**
   * @returns true when a connection failed that had not failed within the last 30 seconds, whatever else it answered in between. The
   * caller makes all readers read again then, and each of these reads may fail too
   */
  record(node: string, outcomes: readonly FetchOutcome[]): boolean;
  /** The failures that are still shown, of connections that have not answered since. */
  list(node: string, connections: readonly Connection[]): FetchOutcome[];
}

/** As long as the cooldown of a refresh: after it, a person can see for themselves. */
const shownMs = 30_000;
const maxFailures = 10_000;

export function createRecentFailures(clock: Pick<Clock, "now" | "monotonic">): RecentFailures {
  const failures = new LRUCache<string, { outcome: FetchOutcome; failedAt: number; endsAt: number }>(entryLimit(maxFailures));
  const keyOf = (node: string, { id }: Connection): string => `${id}\n${node}`;

  function running(key: string): { outcome: FetchOutcome; failedAt: number } | null {
    const failure = failures.get(key);
    return failure && clock.monotonic() < failure.endsAt ? failure : null;
  }

  function shown(node: string, connection: Connection): FetchOutcome | null {
    const failure = running(keyOf(node, connection));
    const { lastSuccessAt } = connection.health();
    // Another call of the same fetch may have succeeded before.
    return failure && (lastSuccessAt ?? 0) <= failure.failedAt ? failure.outcome : null;
  }

  return {
    record(node, outcomes) {
      let hasNew = false;
      for (const outcome of outcomes) {
        const key = keyOf(node, outcome.connection);
        if (!isFailure(outcome)) {
          failures.delete(key);
          continue;
        }
        // A call that was not made says nothing about the connection.
        if (outcome.isLocal) continue;
        hasNew ||= running(key) === null;
        failures.set(key, { outcome, failedAt: clock.now(), endsAt: clock.monotonic() + shownMs });
      }
      return hasNew;
    },
    list: (node, connections) => connections.flatMap((connection) => shown(node, connection) ?? []),
  };
}
