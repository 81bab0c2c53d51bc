import { LRUCache } from "lru-cache";
import type { TenantLog } from "../log/log.ts";

/** What was read, and from what. */
export interface Observed {
  /** The log's generation when its reading began. */
  generation: number;
  dependencies: ReadonlySet<string>;
}

/** An answer as it goes over the wire, with what it depends on. Holds nothing of one request. */
export interface CachedAnswer extends Observed {
  body: Buffer;
  etag: string;
  /** Until the earliest change of state that comes by itself: a value growing stale, a day ending. Epoch ms. */
  validUntil: number;
}

export interface AnswerCache {
  get(key: string, log: TenantLog, now: number): CachedAnswer | null;
  set(key: string, answer: CachedAnswer): void;
}

/** Keeps up to `maxBytes` of answers. An answer counts only while nothing it depends on was touched since it was read. */
export function createAnswerCache(maxBytes = 128 * 1024 * 1024): AnswerCache {
  const answers = new LRUCache<string, CachedAnswer>({
    maxSize: maxBytes,
    sizeCalculation: (answer) => answer.body.length + answer.dependencies.size * 60 + 200,
  });
  return {
    get(key, log, now) {
      const answer = answers.get(key);
      if (!answer) return null;
      if (now < answer.validUntil && stillHolds(answer, log)) return answer;
      answers.delete(key);
      return null;
    },
    set: (key, answer) => void answers.set(key, answer),
  };
}

/** True while nothing it was read from was touched since. */
export function stillHolds({ generation, dependencies }: Observed, log: TenantLog): boolean {
  if (log.generation() === generation) return true;
  for (const dependency of dependencies) if (log.touched(dependency) > generation) return false;
  return true;
}
