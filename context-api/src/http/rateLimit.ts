import type { Clock } from "@sidelight/model/clock.ts";
import { ProblemError } from "./problem.ts";

const windowMs = 60_000;

/** Counts a key's requests by the minute. Told in the headers of the IETF draft "RateLimit header fields for HTTP". */
export interface RateLimit {
  /** Takes one. @throws {ProblemError} rate_limited */
  take(keyId: string): Record<string, string>;
}

export function createRateLimit(perMinute: number, clock: Clock): RateLimit {
  let startedAt = Number.NEGATIVE_INFINITY;
  const used = new Map<string, number>();
  const policy = `"key";q=${perMinute};w=${windowMs / 1000}`;
  return {
    take(keyId) {
      const now = clock.now();
      if (now - startedAt >= windowMs) {
        // One window for all keys: nothing to sweep, and a key can't be told from its window.
        startedAt = Math.floor(now / windowMs) * windowMs;
        used.clear();
      }
      const count = (used.get(keyId) ?? 0) + 1;
      const seconds = Math.max(1, Math.ceil((startedAt + windowMs - now) / 1000));
      if (count <= perMinute) used.set(keyId, count);
      const headers = {
        "ratelimit-policy": policy,
        ratelimit: `"key";r=${Math.max(0, perMinute - count)};t=${seconds}`,
      };
      if (count <= perMinute) return headers;
      throw new ProblemError("rate_limited", `This key may send ${perMinute} requests a minute.`, {
        headers: { ...headers, "retry-after": String(seconds) },
      });
    },
  };
}
