import { entryLimit } from "@sidelight/model/entryLimit.ts";
import type { ParsedRef } from "@sidelight/model/refs.ts";
import { singleFlight } from "@sidelight/platform-kit/singleFlight.ts";
import { LRUCache } from "lru-cache";
import { type CachedAnswer, stillHolds } from "../cache/answerCache.ts";
import { answerKey } from "../cache/answerKey.ts";
import { createSharedAnswers } from "../cache/sharedAnswers.ts";
import { openReader } from "../log/reader.ts";
import { StoreLostError } from "../log/writer/errors.ts";
import { createCooldowns } from "../resilience/cooldown.ts";
import { watchEventLoopDelay } from "../resilience/eventLoopDelay.ts";
import { fetchDeadline, timedOut, withDeadline } from "./deadline.ts";
import { encodeAnswer } from "./encodeAnswer.ts";
import { createFetcher } from "./fetchFromPlatforms.ts";
import type { Pointer } from "./fields.ts";
import { type ContextReading, type ReadQuery, readContext } from "./readContext.ts";
import { resolve } from "./resolve.ts";
import type { Tenant } from "./tenant.ts";
import { readTimeline, type TimelinePage, type TimelineQuery, type UnresolvedTimeline } from "./timeline.ts";

export type { ContextReading, PastMoment } from "./readContext.ts";

export interface ContextQuery extends ReadQuery {
  /** Time to answer in, ms. */
  deadlineMs: number;
  /** Members of the answer to include; everything when null. */
  fields?: readonly Pointer[] | null;
}

export interface ContextAnswer extends CachedAnswer {
  /** For {@link Contexts.cached}; null for an answer about the past. */
  key: string | null;
  /** What answered: the cached bytes in memory or in Redis, the store, or a platform. */
  tier: "memory" | "redis" | "store" | "platform";
}

interface RefusedRefresh {
  retryAt: number;
  /** The caller's searches and refreshes a minute, when they are used up; null in the cooldown of the customer. */
  limit: number | null;
}

export interface Contexts {
  /** A context, encoded. Answers about the present come from memory while nothing they depend on has changed. */
  answer(query: ContextQuery): Promise<ContextAnswer>;
  /**
   * The answer that memory holds under the key of an earlier answer, if it is still valid; the same object until it changes. Callers
   * ahead of the router use it, so it waits for nothing.
   */
  cached(key: string): CachedAnswer | null;
  /**
   * A context that is not encoded, for code that computes with it. The last readings are kept while nothing has changed. A read of the
   * past (`at`) has no deadline.
   */
  read(query: ContextQuery): Promise<ContextReading>;
  /**
   * Fetches from the platforms, then answers. During the cooldown of the customer, or above the limit of the caller, it only returns when
   * it is possible again, epoch ms.
   */
  refresh(query: ContextQuery): Promise<ContextAnswer | RefusedRefresh>;
  /** What happened to a customer, by page. */
  timeline(query: TimelineQuery): Promise<TimelinePage | UnresolvedTimeline>;
}

const cooldownMs = 30_000;
/** A store that is slow may answer this long after the deadline of a read, ms. One that hangs must not keep the reader waiting. */
const storeGraceMs = 2_000;
/** Readings are larger than encoded answers. Streams of one customer share them. */
const maxReadings = 200;

/** The process has one event loop. */
const eventLoopDelay = watchEventLoopDelay();

/** One tenant's contexts: from memory, otherwise from the store. Platforms are asked only for what is absent or stale. */
export function createContexts(tenant: Tenant): Contexts {
  const { answerCache: cache, counters, shared, clock, log } = tenant;
  const sharedAnswers = createSharedAnswers({ shared, log, now: clock.now, onError: () => counters.countRedisError(log.tenant) });
  const reads = singleFlight<ContextReading>();
  const readings = new LRUCache<string, { reading: ContextReading; endsAt: number }>(entryLimit(maxReadings));
  const answers = singleFlight<ContextAnswer>();
  const fetcher = createFetcher(tenant);
  const cooldowns = createCooldowns("refresh", cooldownMs, { shared, clock });
  const isCurrent = ({ reading, endsAt }: { reading: ContextReading; endsAt: number }): boolean =>
    clock.now() < reading.validUntil && clock.monotonic() < endsAt;

  return {
    async answer(query) {
      if (query.at) return encoded(await readWithDeadline(query, false), query, null);
      const key = keyOf(tenant, query);
      const cachedAnswer = cache.get(key, log);
      if (cachedAnswer) return { ...cachedAnswer, key, tier: "memory" };
      return await answers(`${key}\n${query.deadlineMs}`, async () => {
        const sharedAnswer = await sharedAnswers.get(key);
        if (!sharedAnswer) return store(key, await readWithDeadline(query, false), query);
        cache.set(key, sharedAnswer, () => readAgain(key, query));
        return { ...sharedAnswer, key, tier: "redis" };
      });
    },
    cached: (key) => cache.get(key, log),
    async read(query) {
      // Consumers of the log read the past. No person waits for them, and a read that fails on a slow store would be repeated for ever.
      if (query.at) return await readContext(tenant, fetcher, query, { deadline: clock.monotonic(), isForced: false });
      const key = keyOf(tenant, query);
      const recentReading = readings.get(key);
      if (recentReading && isCurrent(recentReading) && stillHolds(recentReading.reading, log)) return recentReading.reading;
      const { deadlineMs, storeOnly = false } = query;
      const reading = await reads(JSON.stringify([key, deadlineMs, storeOnly]), () => readWithDeadline(query, false));
      // A reading of the store alone must not hide what a platform holds.
      const keptMs = Math.min(reading.validUntil - clock.now(), reading.ttlMs);
      if (!storeOnly) readings.set(key, { reading, endsAt: clock.monotonic() + keptMs });
      return reading;
    },
    async refresh(query) {
      const customer = log.identifier("refresh", await customerKey(query.ref));
      const remainingMs = await cooldowns.begin(customer);
      if (remainingMs > 0) return { retryAt: clock.now() + remainingMs, limit: null };
      // A refresh costs as much as a search, and any caller can repeat it for every customer.
      const limit = query.searcher === undefined ? null : await fetcher.searchLimit.take(query.searcher);
      if (limit?.isAllowed === false) {
        await cooldowns.cancel(customer);
        return { retryAt: clock.now() + limit.resetSeconds * 1000, limit: limit.limit };
      }
      return store(keyOf(tenant, query), await readWithDeadline(query, true), query);
    },
    timeline: (query) => readTimeline(tenant, fetcher, query),
  };

  /** @throws {StoreLostError} when the store does not answer */
  async function readWithDeadline(query: ContextQuery, isForced: boolean): Promise<ContextReading> {
    const { deadlineMs } = query;
    const now = clock.monotonic();
    const deadline = fetchDeadline({ now, deadlineMs, eventLoopDelayMs: eventLoopDelay() });
    const reading = readContext(tenant, fetcher, query, { deadline, isForced });
    const result = await withDeadline(reading, clock, now + deadlineMs + storeGraceMs);
    if (result === timedOut)
      throw new StoreLostError("the store did not answer before the deadline of the read", undefined, "unreachable");
    return result;
  }

  function store(key: string, reading: ContextReading, query: ContextQuery): ContextAnswer {
    const answer = encoded(reading, query, key);
    const { tier: _, key: __, ...cacheable } = answer;
    cache.set(key, cacheable, () => readAgain(key, query));
    sharedAnswers.set(key, cacheable);
    return answer;
  }

  /** Replaces an answer whose ttl has ended: by that of another process, or by a new read. */
  async function readAgain(key: string, query: ContextQuery): Promise<void> {
    const sharedAnswer = await sharedAnswers.get(key);
    if (sharedAnswer && clock.now() < sharedAnswer.readAt + sharedAnswer.ttlMs)
      cache.set(key, sharedAnswer, () => readAgain(key, query));
    else store(key, await readWithDeadline(query, false), query);
  }

  /** Refs of one customer share a cooldown. */
  async function customerKey(ref: ParsedRef): Promise<string> {
    const resolution = await resolve(openReader(log), ref);
    return resolution.state === "resolved" ? resolution.node : ref.ref;
  }
}

function encoded(reading: ContextReading, { fields }: ContextQuery, key: string | null): ContextAnswer {
  const { context, subject, generation, dependencies, readAt, ttlMs, validUntil, usedPlatform } = reading;
  return {
    ...encodeAnswer(context, fields ?? null),
    key,
    subject,
    generation,
    dependencies,
    readAt,
    ttlMs,
    validUntil,
    tier: usedPlatform ? "platform" : "store",
  };
}

function keyOf({ id, configVersion }: Tenant, { ref, rights, sections, fields }: ContextQuery): string {
  const { pii, text, reveal, act, sections: visibleSections } = rights;
  return answerKey(id, configVersion, [ref.ref, pii, text, reveal, act, visibleSections, sections, fields ?? null]);
}
