import type { Clock } from "@sidelight/model/clock.ts";
import { LRUCache } from "lru-cache";

/** The part of the log that answers depend on. */
export interface Invalidations {
  /** Changes with every invalidation. */
  generation(): number;
  /** The generation that last invalidated a dependency. */
  invalidatedAt(dependency: string): number;
}

/** What an answer was read from. */
export interface ReadState {
  /** The log's generation at the start of the read. */
  generation: number;
  dependencies: ReadonlySet<string>;
}

/** An answer as serialized bytes, with its dependencies. It contains nothing of one request. */
export interface CachedAnswer extends ReadState {
  body: Buffer;
  etag: string;
  /** The earliest time at which the answer changes without an event: a value becomes stale, a day ends. Epoch ms. */
  validUntil: number;
}

export interface AnswerCache {
  get(key: string, log: Invalidations): CachedAnswer | null;
  set(key: string, answer: CachedAnswer): void;
}

/**
 * Caches up to `maxBytes` of answers. An answer is valid while none of its dependencies was invalidated since it was read, and until
 * the end of its validity: by the wall clock, and by the time that has passed, so that a wall clock that is set back prolongs nothing.
 */
export function createAnswerCache(clock: Pick<Clock, "now" | "monotonic">, maxBytes = 64 * 1024 * 1024): AnswerCache {
  const answers = new LRUCache<string, { answer: CachedAnswer; endsAt: number }>({
    maxSize: maxBytes,
    sizeCalculation: ({ answer }) => answer.body.length + answer.dependencies.size * 60 + 200,
  });
  return {
    get(key, log) {
      const entry = answers.get(key);
      if (!entry) return null;
      const { answer, endsAt } = entry;
      if (clock.now() < answer.validUntil && clock.monotonic() < endsAt && stillHolds(answer, log)) return answer;
      answers.delete(key);
      return null;
    },
    set: (key, answer) => void answers.set(key, { answer, endsAt: clock.monotonic() + answer.validUntil - clock.now() }),
  };
}

/** True while none of the dependencies was invalidated since the read. */
export function stillHolds({ generation, dependencies }: ReadState, log: Invalidations): boolean {
  if (log.generation() === generation) return true;
  for (const dependency of dependencies) if (log.invalidatedAt(dependency) > generation) return false;
  return true;
}
