import type { ParsedRef } from "@sidelight/model/refs.ts";
import { singleFlight } from "@sidelight/platform-kit/singleFlight.ts";
import { LRUCache } from "lru-cache";
import { type CachedAnswer, createAnswerCache, stillHolds } from "../cache/answerCache.ts";
import { openReader } from "../log/reader.ts";
import { watchEventLoopDelay } from "../resilience/eventLoopDelay.ts";
import { fetchDeadline } from "./deadline.ts";
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
  /** What answered: the cached bytes in memory, the store, or a platform. */
  tier: "memory" | "store" | "platform";
}

interface RefusedRefresh {
  retryAt: number;
  /** The caller's searches and refreshes a minute, when they are used up; null in the cooldown of the customer. */
  limit: number | null;
}

export interface Contexts {
  /** A context, encoded. Answers about the present come from memory while nothing they depend on has changed. */
  answer(query: ContextQuery): Promise<ContextAnswer>;
  /** A context that is not encoded, for code that computes with it. The last readings are kept while nothing has changed. */
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
/** Entries of ended cooldowns are removed above this number. */
const maxCooldowns = 10_000;
/** Readings are larger than encoded answers. Streams of one customer share them. */
const maxReadings = 200;

/** The process has one event loop. */
const eventLoopDelay = watchEventLoopDelay();

/** One tenant's contexts: from memory, otherwise from the store. Platforms are asked only for what is absent or stale. */
export function createContexts(tenant: Tenant): Contexts {
  const cache = createAnswerCache(tenant.clock);
  const reads = singleFlight<ContextReading>();
  const readings = new LRUCache<string, { reading: ContextReading; endsAt: number }>({ max: maxReadings });
  const answers = singleFlight<ContextAnswer>();
  const fetcher = createFetcher(tenant);
  const refreshedAt = new Map<string, number>();
  const { clock, log } = tenant;
  const isCurrent = ({ reading, endsAt }: { reading: ContextReading; endsAt: number }): boolean =>
    clock.now() < reading.validUntil && clock.monotonic() < endsAt;

  return {
    async answer(query) {
      if (query.at) return encoded(await readWithDeadline(query, false), query);
      const key = cacheKey(query);
      const cachedAnswer = cache.get(key, log);
      if (cachedAnswer) return { ...cachedAnswer, tier: "memory" };
      return await answers(`${key}\n${query.deadlineMs}`, async () => store(key, await readWithDeadline(query, false), query));
    },
    async read(query) {
      if (query.at) return await readWithDeadline(query, false);
      const key = cacheKey(query);
      const recentReading = readings.get(key);
      if (recentReading && isCurrent(recentReading) && stillHolds(recentReading.reading, log)) return recentReading.reading;
      const { deadlineMs, storeOnly = false } = query;
      const reading = await reads(JSON.stringify([key, deadlineMs, storeOnly]), () => readWithDeadline(query, false));
      // A reading of the store alone must not hide what a platform holds.
      if (!storeOnly) readings.set(key, { reading, endsAt: clock.monotonic() + reading.validUntil - clock.now() });
      return reading;
    },
    async refresh(query) {
      // A cooldown runs by the monotonic clock: setting the system's time back must not prolong it.
      const now = clock.monotonic();
      const customer = await customerKey(query.ref);
      const remainingMs = (refreshedAt.get(customer) ?? Number.NEGATIVE_INFINITY) + cooldownMs - now;
      if (remainingMs > 0) return { retryAt: clock.now() + remainingMs, limit: null };
      // A refresh costs as much as a search, and any caller can repeat it for every customer.
      const limit = query.searcher === undefined ? null : fetcher.searchLimit.take(query.searcher);
      if (limit?.isAllowed === false) return { retryAt: clock.now() + limit.resetSeconds * 1000, limit: limit.limit };
      if (refreshedAt.size > maxCooldowns) removeEndedCooldowns(now);
      refreshedAt.set(customer, now);
      return store(cacheKey(query), await readWithDeadline(query, true), query);
    },
    timeline: (query) => readTimeline(tenant, fetcher, query),
  };

  function readWithDeadline(query: ContextQuery, isForced: boolean): Promise<ContextReading> {
    const deadline = fetchDeadline({ now: clock.monotonic(), deadlineMs: query.deadlineMs, eventLoopDelayMs: eventLoopDelay() });
    return readContext(tenant, fetcher, query, { deadline, isForced });
  }

  function store(key: string, reading: ContextReading, query: ContextQuery): ContextAnswer {
    const answer = encoded(reading, query);
    const { tier: _, ...cacheable } = answer;
    cache.set(key, cacheable);
    return answer;
  }

  /** Refs of one customer share a cooldown. */
  async function customerKey(ref: ParsedRef): Promise<string> {
    const resolution = await resolve(openReader(log), ref);
    return resolution.state === "resolved" ? resolution.node : ref.ref;
  }

  function removeEndedCooldowns(now: number): void {
    for (const [customer, instant] of refreshedAt) if (instant + cooldownMs <= now) refreshedAt.delete(customer);
  }
}

function encoded(reading: ContextReading, { fields }: ContextQuery): ContextAnswer {
  const { context, generation, dependencies, validUntil, usedPlatform } = reading;
  return {
    ...encodeAnswer(context, fields ?? null),
    generation,
    dependencies,
    validUntil,
    tier: usedPlatform ? "platform" : "store",
  };
}

function cacheKey({ ref, rights, sections, fields }: ContextQuery): string {
  return JSON.stringify([ref.ref, rights.pii, rights.text, rights.reveal, rights.act, sections, fields ?? null]);
}
