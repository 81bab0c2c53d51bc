import type { Clock } from "@sidelight/model/clock.ts";
import type { SharedState } from "../redis/sharedState.ts";
import { createRefusalPace } from "../resilience/refusalPace.ts";
import type { LimitState } from "../resilience/requestLimit.ts";
import { createSharedRequestLimit } from "../resilience/sharedRequestLimit.ts";
import type { Actor } from "../services/actor.ts";
import { HttpProblem } from "./problem.ts";
import { readWholeNumber } from "./query.ts";

/** Limits the requests of each API key, in all processes together. Its state is in the headers of the IETF draft "RateLimit header fields for HTTP". */
export interface RateLimit {
  /**
   * Counts a request.
   * @param cost how many requests it counts as, see {@link costOfPage}
   * @returns headers for the answer
   * @throws {HttpProblem} rate_limited
   */
  take(keyId: string, cost: number): Promise<Record<string, string>>;
  /** Like take, but at once. Null, and nothing is counted, when the request is above the limit or that is not certain. */
  tryTake(keyId: string, cost: number): Record<string, string> | null;
}

const names = new WeakMap<object, string>();

/** The name under which the requests of a caller are counted. Kept with the caller, because a new text has to be hashed again. */
export function limitNameOf(actor: Pick<Actor, "tenant" | "keyId">): string {
  const present = names.get(actor);
  if (present !== undefined) return present;
  const name = `${actor.tenant}.${actor.keyId}`;
  names.set(actor, name);
  return name;
}

export function createRateLimit(limit: number, shared: SharedState, clock: Pick<Clock, "monotonic" | "sleep">): RateLimit {
  const paceRefusal = createRefusalPace(clock);
  const requests = createSharedRequestLimit({ kind: "api", limit, shared, clock });
  return {
    async take(keyId, cost) {
      const state = await requests.take(keyId, cost);
      const { isAllowed, resetSeconds } = state;
      const headers = headersOf(state);
      if (isAllowed) return headers;
      await paceRefusal(keyId);
      const detail = `This API key may send ${limit} requests a minute, and a large page counts as several. Retry in ${resetSeconds} s.`;
      throw new HttpProblem(headers, "rate_limited", detail, { retryAfterSeconds: resetSeconds });
    },
    tryTake(keyId, cost) {
      const state = requests.tryTake(keyId, cost);
      return state && headersOf(state);
    },
  };
}

const headersOf = ({ limit, remaining, resetSeconds, windowSeconds }: LimitState): Record<string, string> => ({
  "ratelimit-policy": `"key";q=${limit};w=${windowSeconds}`,
  ratelimit: `"key";r=${remaining};t=${resetSeconds}`,
});

/** Items of a page that cost one request: the default page. */
const itemsPerRequest = 50;
const maxItems = 1_000;

/** What a page counts as: one request for each 50 items that it may contain. */
export function costOfPage(limit: string | undefined): number {
  const items = limit === undefined ? itemsPerRequest : (readWholeNumber(limit) ?? 0);
  return Math.max(1, Math.ceil(Math.min(items, maxItems) / itemsPerRequest));
}
