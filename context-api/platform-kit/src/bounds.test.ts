import { describe, expect, it } from "vitest";
import { boundedCount, boundedInstant, maxWaitMs, retryAfter, secondsAhead, tokenExpiry } from "./bounds.ts";

const now = Date.parse("2026-11-21T09:30:00Z");
const inHeader = (value: string) => retryAfter({ "retry-after": value }, now);

describe("a Retry-After from outside", () => {
  it.each([
    ["seconds", "30", now + 30_000],
    ["a fraction", "0.5", now + 500],
    ["a date", "Sat, 21 Nov 2026 09:31:00 GMT", now + 60_000],
    ["eleven digits", "99999999999", now + maxWaitMs],
    ["more digits than a number holds", "9".repeat(400), now + maxWaitMs],
    ["a date in the year 5195", "Fri, 13 Nov 5195 09:30:00 GMT", now + maxWaitMs],
    ["a date that has passed", "Thu, 01 Jan 1970 00:00:00 GMT", now],
    ["several values", "30, 60", now + 60_000],
    ["several values, one of them far away", "30, 99999999999", now + maxWaitMs],
    ["a valid and an invalid value", "soon, 30", now + 30_000],
    ["a negative number", "-30", null],
    ["NaN", "NaN", null],
    ["Infinity", "Infinity", null],
    ["a number with an exponent", "1e9", null],
    ["a bare year", "5195", now + maxWaitMs],
    ["words", "later", null],
    ["nothing", "  ", null],
  ])("with %s", (_, value, instant) => {
    expect(inHeader(value)).toBe(instant);
  });

  it("is null without the header", () => expect(retryAfter({}, now)).toBeNull());
});

describe("numbers from outside", () => {
  it("limits instants to the next hour", () => {
    expect(boundedInstant(8.64e15, now)).toBe(now + maxWaitMs);
    expect(boundedInstant(Number.NEGATIVE_INFINITY, now)).toBe(now);
    expect(boundedInstant(Number.NaN, now)).toBeNull();
    expect(boundedInstant(null, now)).toBeNull();
    expect(secondsAhead(Number("1e308"), now)).toBe(now + maxWaitMs);
  });

  it("refuses counts that are none", () => {
    expect([0, 700, -1, 0.5, 1e300, Number.NaN].map(boundedCount)).toEqual([0, 700, null, null, null, null]);
  });

  it.each([
    [7200, now + 7_200_000],
    ["7200", now + 7_200_000],
    [1e15, now + 86_400_000],
    [0, null],
    [-5, null],
    [Number.NaN, null],
    [undefined, null],
    [null, null],
    [{}, null],
  ])("reads the lifetime %j of a token", (lifetime, expiry) => {
    expect(tokenExpiry(lifetime, now)).toBe(expiry);
  });
});
