import type { Clock } from "@sidelight/model/clock.ts";
import { redisScript } from "../redis/script.ts";
import { type SharedState, unavailable } from "../redis/sharedState.ts";

/** Times in which something is not repeated, by name. A name contains no personal value. */
export interface Cooldowns {
  /** Begins the cooldown of a name, unless it runs in a process. @returns how long it still runs, ms; 0 when it began now */
  begin(name: string): Promise<number>;
  /** Ends the cooldown of a name that this process began. */
  cancel(name: string): Promise<void>;
}

/** Entries of ended cooldowns are removed above this number. */
const maxEntries = 10_000;

/** An end that is further away than a cooldown takes was written by a clock that was set back since. */
const beginShared = redisScript(`
local remaining = tonumber(redis.call('GET', KEYS[1]) or '0') - tonumber(ARGV[1])
local duration = tonumber(ARGV[2])
if remaining > 0 and remaining <= duration then return remaining end
redis.call('SET', KEYS[1], ARGV[1] + duration, 'PX', duration)
return 0
`);

/**
 * Cooldowns of one kind that hold for all processes. While Redis is lost, each process keeps those that it began. They run by the
 * monotonic clock: setting the system's time back prolongs none.
 * @param kind names them in Redis
 */
export function createCooldowns(
  kind: string,
  durationMs: number,
  { shared, clock }: { shared: SharedState; clock: Pick<Clock, "monotonic"> },
): Cooldowns {
  const ends = new Map<string, number>();
  const keyOf = (name: string): string => `${kind}:${name}`;

  return {
    async begin(name) {
      const now = clock.monotonic();
      const remainingMs = (ends.get(name) ?? now) - now;
      if (remainingMs > 0) return remainingMs;
      if (ends.size > maxEntries) removeEnded(now);
      // Before the call to Redis, so that the callers of this process do not begin it twice.
      ends.set(name, now + durationMs);
      const sharedMs = await shared.run(beginShared, [keyOf(name)], [shared.now(), durationMs]);
      if (sharedMs === unavailable || typeof sharedMs !== "number" || sharedMs === 0) return 0;
      ends.set(name, clock.monotonic() + sharedMs);
      return sharedMs;
    },
    async cancel(name) {
      ends.delete(name);
      await shared.delete(keyOf(name));
    },
  };

  function removeEnded(now: number): void {
    for (const [name, end] of ends) if (end <= now) ends.delete(name);
  }
}
