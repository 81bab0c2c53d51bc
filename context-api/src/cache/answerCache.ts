import type { Clock } from "@sidelight/model/clock.ts";
import { LRUCache } from "lru-cache";
import { lengthenedTtl } from "./ttl.ts";

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
  /** The customer; null for an answer without one. */
  subject: string | null;
  /** The earliest time at which the answer changes without an event: a value becomes stale, a day ends. Epoch ms. */
  validUntil: number;
  /** When it was read, epoch ms. */
  readAt: number;
  /** After this long it is read again, while it is still served; ms. Longer for an answer that is read often. */
  ttlMs: number;
}

export interface AnswerCache {
  /** @param log of the tenant whose answer it is */
  get(key: string, log: Invalidations): CachedAnswer | null;
  /** @param refresh reads the answer again and sets it. Called at most once at a time. */
  set(key: string, answer: CachedAnswer, refresh: () => Promise<unknown>): void;
  /** Removes the answers about these customers. @returns the customers that had some */
  removeSubjects(subjects: readonly string[]): string[];
  /** Removes the answers of a tenant whose keys begin with `prefix`. */
  removeAll(prefix: string): void;
  /** Size of the cached answers in bytes, and their number. */
  size(): { bytes: number; answers: number };
}

interface Entry {
  answer: CachedAnswer;
  /** The end of the validity, by the monotonic clock. */
  endsAt: number;
  /** When it was read, by the monotonic clock. */
  readAt: number;
  /** The last generation at which it was seen to hold. */
  checkedGeneration: number;
  reads: number;
  isRefreshing: boolean;
  refresh(): Promise<unknown>;
}

/**
 * Caches up to `maxBytes` of answers of all tenants. An answer is valid while none of its dependencies was invalidated since it was
 * read, and until the end of its validity: by the wall clock, and by the time that has passed, so that a wall clock that is set back
 * prolongs nothing. A valid answer whose ttl has ended is served, and read again in the background.
 */
export function createAnswerCache(clock: Pick<Clock, "now" | "monotonic">, maxBytes = 64 * 1024 * 1024): AnswerCache {
  const keysOfSubjects = new Map<string, Set<string>>();
  const answers = new LRUCache<string, Entry>({
    maxSize: maxBytes,
    // The compressed bodies are kept with an answer, too: together they take less than half of it.
    sizeCalculation: ({ answer }) => Math.ceil(answer.body.length * 1.5) + answer.dependencies.size * 60 + 200,
    dispose: ({ answer }, key) => forgetSubject(answer.subject, key),
  });

  return {
    get(key, log) {
      const entry = answers.get(key);
      if (!entry) return null;
      const { answer, endsAt } = entry;
      const now = clock.monotonic();
      if (clock.now() >= answer.validUntil || now >= endsAt || !isUnchanged(entry, log)) {
        answers.delete(key);
        return null;
      }
      entry.reads += 1;
      if (now - entry.readAt >= answer.ttlMs && now - entry.readAt >= lengthenedTtl(answer.ttlMs, entry.reads)) refresh(entry);
      return answer;
    },
    set(key, answer, refreshAnswer) {
      const [now, instant] = [clock.monotonic(), clock.now()];
      const times = { endsAt: now + answer.validUntil - instant, readAt: now - Math.max(0, instant - answer.readAt) };
      const state = { checkedGeneration: answer.generation, reads: 0, isRefreshing: false };
      answers.set(key, { answer, ...times, ...state, refresh: refreshAnswer });
      if (answer.subject === null || !answers.has(key)) return;
      const keys = keysOfSubjects.get(answer.subject) ?? new Set();
      keysOfSubjects.set(answer.subject, keys.add(key));
    },
    removeSubjects(subjects) {
      const present = subjects.filter((subject) => keysOfSubjects.has(subject));
      for (const subject of present) for (const key of [...(keysOfSubjects.get(subject) ?? [])]) answers.delete(key);
      return present;
    },
    removeAll(prefix) {
      for (const key of [...answers.keys()]) if (key.startsWith(prefix)) answers.delete(key);
    },
    size: () => ({ bytes: answers.calculatedSize, answers: answers.size }),
  };

  function forgetSubject(subject: string | null, key: string): void {
    const keys = subject === null ? undefined : keysOfSubjects.get(subject);
    if (!keys) return;
    keys.delete(key);
    if (keys.size === 0 && subject !== null) keysOfSubjects.delete(subject);
  }
}

/** While events arrive, the generation differs at every read: what held at a generation needs no second look. */
function isUnchanged(entry: Entry, log: Invalidations): boolean {
  const generation = log.generation();
  if (entry.checkedGeneration === generation) return true;
  if (!stillHolds(entry.answer, log)) return false;
  entry.checkedGeneration = generation;
  return true;
}

/** The cached answer is served until it ends, also when it fails: the next read tries again. */
function refresh(entry: Entry): void {
  if (entry.isRefreshing) return;
  entry.isRefreshing = true;
  const end = (): void => {
    entry.isRefreshing = false;
  };
  entry.refresh().then(end, end);
}

/** True while none of the dependencies was invalidated since the read. */
export function stillHolds({ generation, dependencies }: ReadState, log: Invalidations): boolean {
  if (log.generation() === generation) return true;
  for (const dependency of dependencies) if (log.invalidatedAt(dependency) > generation) return false;
  return true;
}
