import { randomUUID } from "node:crypto";
import type { Clock } from "@sidelight/model/clock.ts";
import { z } from "zod";
import { type SharedState, unavailable } from "../../redis/sharedState.ts";
import type { QuotaStore } from "./store.ts";
import type { WindowAnswer, WindowRequest } from "./window.ts";
import { windowScript } from "./windowScript.ts";

/** After Redis is back, all processes have written what they used before one of them takes from it again. */
const settleMs = 3_000;
const channel = "quotas";

const Report = z.object({
  limit: z.number(),
  remaining: z.number(),
  capacity: z.number(),
  sentCount: z.number(),
  endsAt: z.number(),
});
const Answer = z.object({
  now: z.number(),
  granted: z
    .object({ instant: z.number(), position: z.number(), count: z.number() })
    .optional()
    .transform((granted) => granted ?? null),
  freeAt: z
    .number()
    .optional()
    .transform((freeAt) => freeAt ?? null),
  counts: z.array(z.number()),
  othersCount: z.number(),
  report: Report.optional().transform((report) => report ?? null),
  blockedUntil: z.number(),
  ages: z.array(z.number()),
});
const Announcement = z.tuple([z.string(), z.string(), z.number()]);

/** The windows of all connections in Redis. */
export interface RedisQuotas {
  of(tenant: string, connection: string): QuotaStore;
}

/** Counts quotas in Redis, for all processes together. */
export function openRedisQuotas(shared: SharedState, clock: Pick<Clock, "monotonic">): RedisQuotas {
  const owner = randomUUID();
  const recoveryListeners = new Set<() => void>();
  const useListeners = new Map<string, Set<(count: number) => void>>();
  let settledAt = Number.NEGATIVE_INFINITY;
  shared.onChange((isUp) => {
    if (!isUp) return;
    settledAt = clock.monotonic() + settleMs;
    for (const listener of recoveryListeners) listener();
  });
  shared.subscribe(channel, (message) => {
    const announcement = Announcement.safeParse(parsed(message));
    if (!announcement.success || announcement.data[1] === owner) return;
    const [key, , count] = announcement.data;
    for (const listener of useListeners.get(key) ?? []) listener(count);
  });

  async function update(key: string, request: WindowRequest): Promise<WindowAnswer | null> {
    const result = await shared.run(windowScript, [key], [JSON.stringify(request), Math.floor(shared.now())]);
    if (result === unavailable) return null;
    return Answer.parse(parsed(String(result)));
  }

  return {
    of(tenant, connection) {
      // The braces keep a connection's windows on one node of a cluster.
      const keyOf = (quota: string): string => `quota:{${tenant}/${connection}}:${quota}`;
      return {
        owner,
        hasLeases: () => true,
        update: async (quota, request) => (clock.monotonic() < settledAt ? null : await update(keyOf(quota), request)),
        shared: {
          // A part below one is nothing: so many processes cannot share so few requests without Redis.
          shareOf: (limit) => Math.floor(limit / shared.members()),
          members: shared.members,
          now: () => Math.floor(shared.now()),
          async announce(quota, count) {
            return (await shared.publish(channel, JSON.stringify([keyOf(quota), owner, count]))) !== unavailable;
          },
          onAnnounced(quota, listener) {
            const key = keyOf(quota);
            const listeners = useListeners.get(key) ?? new Set();
            useListeners.set(key, listeners.add(listener));
            return () => {
              listeners.delete(listener);
              if (listeners.size === 0) useListeners.delete(key);
            };
          },
          onRecovered(listener) {
            recoveryListeners.add(listener);
            return () => void recoveryListeners.delete(listener);
          },
          restore: (quota, request) => void update(keyOf(quota), request),
        },
      };
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
