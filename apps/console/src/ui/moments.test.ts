import { describe, expect, it } from "vitest";
import { agoWords, durationWords } from "./moments.ts";
import { sinceQuery } from "./since.ts";

const now = Date.parse("2026-11-21T10:00:00Z");
const elapsed = (ms: number): string => new Date(now + ms).toISOString();

describe("a moment in words", () => {
  it.each([
    [-125_000, "2 minutes ago"],
    [-59_000, "59 seconds ago"],
    [-0, "now"],
    [3 * 3_600_000 + 1, "in 3 hours"],
    [-50 * 3_600_000, "2 days ago"],
  ])("is relative to now: %i ms", (ms, words) => {
    expect(agoWords(elapsed(ms), now)).toBe(words);
  });

  it.each([
    [0.4, "0 ms"],
    [250, "250 ms"],
    [1_240, "1.2 s"],
    [180_000, "3 min"],
    [7_200_000, "2 h"],
    [432_000_000, "5 d"],
  ])("is a duration in its unit: %d ms", (ms, words) => {
    expect(durationWords(ms)).toBe(words);
  });

  it("starts a list so long before now, and leaves it whole for an unknown duration", () => {
    expect(sinceQuery("24h", now)).toEqual({ since: "2026-11-20T10:00:00.000Z" });
    expect(sinceQuery("", now)).toEqual({});
    expect(sinceQuery("always", now)).toEqual({});
  });
});
