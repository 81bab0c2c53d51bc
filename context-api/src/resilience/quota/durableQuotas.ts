import type { Clock } from "@sidelight/model/clock.ts";
import { createMemoryQuotas, localOwner, type QuotaStore } from "./store.ts";
import type { WindowAnswer } from "./window.ts";

/** A restart takes longer than a shorter window. */
const minWindowMs = 10_000;

export interface DurableQuotasDeps {
  clock: Pick<Clock, "now" | "monotonic">;
  /** Requests in the windows when the process started, by quota: instant, position of the class, count, instant, … */
  stored: ReadonlyMap<string, readonly number[]>;
  /** Stores the requests of a quota. Rejects while the store is lost. */
  save(quota: string, requests: readonly number[]): Promise<void>;
}

/**
 * Counts for one process, and stores what is used before it is sent: a process that is killed and starts again continues its windows.
 * While the store is lost, it counts in memory alone.
 */
export function createDurableQuotas({ clock, stored, save }: DurableQuotasDeps): QuotaStore {
  const memory = createMemoryQuotas(clock, localOwner, stored);
  const writes = new Map<string, { current: Promise<void>; next: Promise<void> | null }>();

  return {
    owner: memory.owner,
    hasLeases: ({ windowMs }) => windowMs >= minWindowMs,
    update(quota, request) {
      const answer = memory.update(quota, request);
      if (answer.granted === null || request.terms.windowMs < minWindowMs) return answer;
      return afterWrite(quota, answer);
    },
    peek: memory.peek,
  };

  async function afterWrite(quota: string, answer: WindowAnswer): Promise<WindowAnswer> {
    await write(quota).catch(() => {});
    return answer;
  }

  /** Requests that are granted during a write share the next one. */
  function write(quota: string): Promise<void> {
    const running = writes.get(quota);
    if (running) {
      running.next ??= running.current.catch(() => {}).then(() => start(quota));
      return running.next;
    }
    return start(quota);
  }

  function start(quota: string): Promise<void> {
    const current = save(quota, memory.entries(quota)).finally(() => {
      if (writes.get(quota)?.current === current && writes.get(quota)?.next === null) writes.delete(quota);
    });
    writes.set(quota, { current, next: null });
    return current;
  }
}
