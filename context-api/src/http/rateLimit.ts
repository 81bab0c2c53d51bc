import type { Clock } from "@sidelight/model/clock.ts";
import { createRequestLimit } from "../resilience/requestLimit.ts";
import { HttpProblem } from "./problem.ts";

/** Limits the requests of each API key. Its state is in the headers of the IETF draft "RateLimit header fields for HTTP". */
export interface RateLimit {
  /** Counts one request. @returns headers for the answer @throws {HttpProblem} rate_limited */
  take(keyId: string): Record<string, string>;
}

export function createRateLimit(perMinute: number, clock: Pick<Clock, "now">): RateLimit {
  const requests = createRequestLimit(perMinute, clock);
  return {
    take(keyId) {
      const { isAllowed, limit, remaining, resetSeconds, windowSeconds } = requests.take(keyId);
      const headers = {
        "ratelimit-policy": `"key";q=${limit};w=${windowSeconds}`,
        ratelimit: `"key";r=${remaining};t=${resetSeconds}`,
      };
      if (isAllowed) return headers;
      const detail = `This API key may send ${limit} requests a minute. Retry in ${resetSeconds} s.`;
      throw new HttpProblem(headers, "rate_limited", detail, { retryAfterSeconds: resetSeconds });
    },
  };
}
