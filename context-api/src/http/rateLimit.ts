import type { Clock } from "@sidelight/model/clock.ts";
import { createRequestLimit } from "../resilience/requestLimit.ts";
import { HttpProblem } from "./problem.ts";
import { readWholeNumber } from "./query.ts";

/** Limits the requests of each API key. Its state is in the headers of the IETF draft "RateLimit header fields for HTTP". */
export interface RateLimit {
  /**
   * Counts a request.
   * @param cost how many requests it counts as, see {@link costOfPage}
   * @returns headers for the answer
   * @throws {HttpProblem} rate_limited
   */
  take(keyId: string, cost: number): Record<string, string>;
}

export function createRateLimit(perMinute: number, clock: Pick<Clock, "monotonic">): RateLimit {
  const requests = createRequestLimit(perMinute, clock);
  return {
    take(keyId, cost) {
      const { isAllowed, limit, remaining, resetSeconds, windowSeconds } = requests.take(keyId, cost);
      const headers = {
        "ratelimit-policy": `"key";q=${limit};w=${windowSeconds}`,
        ratelimit: `"key";r=${remaining};t=${resetSeconds}`,
      };
      if (isAllowed) return headers;
      const detail = `This API key may send ${limit} requests a minute, and a large page counts as several. Retry in ${resetSeconds} s.`;
      throw new HttpProblem(headers, "rate_limited", detail, { retryAfterSeconds: resetSeconds });
    },
  };
}

/** Items of a page that cost one request: the default page. */
const itemsPerRequest = 50;
const maxItems = 1_000;

/** What a page counts as: one request for each 50 items that it may contain. */
export function costOfPage(limit: string | undefined): number {
  const items = limit === undefined ? itemsPerRequest : (readWholeNumber(limit) ?? 0);
  return Math.max(1, Math.ceil(Math.min(items, maxItems) / itemsPerRequest));
}
