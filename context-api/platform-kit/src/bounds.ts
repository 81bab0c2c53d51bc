/**
 * Limits of the numbers that a platform sends. A header can contain anything: a delay of centuries would block a delivery or a
 * quota for good. Every wait that a platform requests passes through this file.
 */

/** A platform cannot make us wait longer than this, ms. If it still refuses then, it reports the next delay. */
export const maxWaitMs = 3_600_000;
/** Longest lifetime of an access token that is believed, ms. */
const maxTokenLifetimeMs = 86_400_000;
/** Larger counts in a rate limit header are not numbers of requests. */
const maxCount = 1_000_000_000;

/** An instant from outside: never in the past, never more than an hour ahead. Null for what is no instant. Epoch ms. */
export function boundedInstant(instant: number | null, now: number): number | null {
  if (instant === null || Number.isNaN(instant)) return null;
  return Math.min(Math.max(instant, now), now + maxWaitMs);
}

/** The instant that many seconds ahead, within the same limits. Null for what is no number. */
export const secondsAhead = (seconds: number, now: number): number | null => boundedInstant(now + seconds * 1000, now);

/** A count from outside; null for a negative, fractional, huge or missing one. */
export const boundedCount = (count: number): number | null =>
  Number.isInteger(count) && count >= 0 && count <= maxCount ? count : null;

/** When a token expires, by the clock of `now`. Null when its lifetime is missing or no positive number: the platform then reports the end. */
export function tokenExpiry(lifetimeSeconds: unknown, now: number): number | null {
  const seconds = typeof lifetimeSeconds === "string" ? Number(lifetimeSeconds) : lifetimeSeconds;
  if (typeof seconds !== "number" || !(seconds > 0)) return null;
  return now + Math.min(seconds * 1000, maxTokenLifetimeMs);
}

/**
 * Value of the `Retry-After` header (seconds, or a date) as epoch ms; null when it is absent or invalid. A header that occurs
 * several times arrives joined with commas: its longest valid wait counts. A date that has passed means now.
 */
export function retryAfter(headers: Record<string, string>, now: number): number | null {
  const header = (headers["retry-after"] ?? "").trim();
  if (header === "") return null;
  // A date contains a comma: "Sat, 21 Nov 2026 09:30:00 GMT".
  const instants = [header, ...header.split(",")].flatMap((value) => instantOf(value.trim(), now) ?? []);
  return instants.length === 0 ? null : Math.max(...instants);
}

function instantOf(value: string, now: number): number | null {
  if (/^\d+(\.\d+)?$/.test(value)) return secondsAhead(Number(value), now);
  return /^[a-z]{3,9}, /i.test(value) ? boundedInstant(Date.parse(value), now) : null;
}
