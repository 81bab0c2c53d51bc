import { describe, expect, it } from "vitest";
import { scoreTrend } from "./scoreTrend.ts";

/** One score a week, the present one last. */
const trendOf = (...scores: number[]) => scoreTrend(scores.map((score, week) => ({ day: `2026-11-0${week + 1}`, score })));

describe("the trend of the score", () => {
  it.each([
    [[70, 70, 70, 70, 65], "falling"],
    [[65, 70, 70, 70, 70], "rising"],
    [[66, 99, 1, 99, 70], "steady"],
    [[70, 1, 99, 1, 66], "steady"],
    // Only the last four weeks count.
    [[10, 90, 66, 66, 66, 88], "steady"],
  ] as const)("of %j is %s", (scores, trend) => {
    expect(trendOf(...scores)).toBe(trend);
  });

  it("is not known without the score of four weeks ago", () => {
    expect(trendOf(90, 90, 90, 20)).toBeNull();
    expect(trendOf()).toBeNull();
  });
});
