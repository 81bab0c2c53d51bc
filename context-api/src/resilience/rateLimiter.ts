import type { Clock } from "@sidelight/model/clock.ts";
import { BudgetExhausted, type Lane, type Pool } from "@sidelight/platform-kit/rateLimit.ts";

/** A window this short only spaces requests: even a reader can wait for the next one. */
const spacingMs = 2_000;

/** How much of a pool each lane may use up: the rest is kept for those before it. */
const shares: Record<Lane, number> = { interactive: 1, webhook: 0.9, sync: 0.8, backfill: 0.7 };

export interface Budget {
  /**
   * Takes a place. The interactive lane waits for two seconds at most; the others wait for theirs.
   * @throws {BudgetExhausted} when an interactive call finds nothing left
   */
  admit(lane: Lane, pool: string, signal: AbortSignal): Promise<void>;
  /** What the platform says is left outweighs what we counted. */
  observe(pool: string, allowance: { limit: number; remaining: number; resetAt: number | null }): void;
  /** Places left for an interactive call, by pool. */
  left(): Record<string, { limit: number; remaining: number; windowMs: number }>;
}

/** Counts a connection's requests in sliding windows, one a pool. */
export function createBudget(pools: Record<string, Pool>, clock: Clock): Budget {
  const taken = new Map<string, number[]>();
  const blockedUntil = new Map<string, number>();
  const reported = new Map<string, { limit: number; remaining: number; at: number }>();

  return {
    async admit(lane, pool, signal) {
      for (;;) {
        signal.throwIfAborted();
        const freeAt = nextFree(lane, pool);
        if (freeAt <= clock.now()) {
          timesOf(pool).push(clock.now());
          return;
        }
        if (lane === "interactive" && poolNamed(pool).windowMs > spacingMs) throw new BudgetExhausted(freeAt);
        await clock.sleep(Math.max(1, freeAt - clock.now()), signal);
      }
    },
    observe(pool, { limit, remaining, resetAt }) {
      if (limit > 0) reported.set(pool, { limit, remaining, at: clock.now() });
      if (remaining <= 0 && resetAt !== null) blockedUntil.set(pool, resetAt);
    },
    left() {
      return Object.fromEntries(Object.keys(pools).map((name) => [name, leftIn(name)]));
    },
  };

  function leftIn(name: string) {
    const { limit, windowMs } = poolNamed(name);
    const counted = Math.max(0, limit - timesOf(name).length);
    if ((blockedUntil.get(name) ?? 0) > clock.now()) return { limit, remaining: 0, windowMs };
    const said = reported.get(name);
    if (!said || said.at < clock.now() - windowMs) return { limit, remaining: counted, windowMs };
    return { limit: said.limit, remaining: Math.min(counted, said.remaining), windowMs };
  }

  function timesOf(pool: string): number[] {
    const { windowMs } = poolNamed(pool);
    const since = clock.now() - windowMs;
    const times = taken.get(pool) ?? [];
    taken.set(pool, times);
    while (times.length > 0 && times[0]! <= since) times.shift();
    return times;
  }

  /** The first instant at which this lane may send, epoch ms. */
  function nextFree(lane: Lane, pool: string): number {
    const { limit, windowMs, unreserved } = poolNamed(pool);
    const blocked = blockedUntil.get(pool) ?? 0;
    const mine = Math.max(1, unreserved ? limit : Math.floor(limit * shares[lane]));
    const times = timesOf(pool);
    const free = times.length < mine ? clock.now() : times[times.length - mine]! + windowMs;
    return Math.max(free, blocked);
  }

  function poolNamed(name: string): Pool {
    const pool = pools[name];
    if (!pool) throw new Error(`no budget pool ${name}`);
    return pool;
  }
}
