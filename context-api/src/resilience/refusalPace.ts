import type { Clock } from "@sidelight/model/clock.ts";

/** Waits before a request above a limit is refused. */
export type RefusalPace = (name: string) => Promise<void>;

/** Refusals of one name that are sent at once. */
const burst = 20;
/** After the burst, one refusal is sent in this time, ms. */
const gapMs = 10;
/** A sender with very many connections is not kept longer, ms. */
const maxDelayMs = 1_000;
const maxNames = 1_000;

/**
 * Paces the refusals of each name. A client that ignores them and repeats its request at once would otherwise take the processor from the
 * callers within their limits: a refusal costs as much as a small answer.
 */
export function createRefusalPace(clock: Pick<Clock, "monotonic" | "sleep">): RefusalPace {
  /** When the next refusal of a name is due, by the monotonic clock. */
  const dueTimes = new Map<string, number>();
  return async (name) => {
    const now = clock.monotonic();
    const earliest = now - burst * gapMs;
    if (dueTimes.size > maxNames) for (const [other, due] of dueTimes) if (due <= earliest) dueTimes.delete(other);
    const due = Math.max(dueTimes.get(name) ?? earliest, earliest) + gapMs;
    const delayMs = Math.min(maxDelayMs, due - now);
    dueTimes.set(name, now + delayMs);
    if (delayMs > 0) await clock.sleep(delayMs, new AbortController().signal);
  };
}
