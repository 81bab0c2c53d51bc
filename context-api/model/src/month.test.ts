import { describe, expect, it } from "vitest";
import { monthOf } from "./month.ts";

const instant = (text: string): number => Date.parse(text);

describe("a calendar month", () => {
  it("begins and ends at midnight of its time zone", () => {
    expect(monthOf(instant("2026-11-30T23:30:00Z"), "UTC")).toEqual({
      name: "2026-11",
      startsAt: instant("2026-11-01T00:00:00Z"),
      endsAt: instant("2026-12-01T00:00:00Z"),
    });
    expect(monthOf(instant("2026-12-01T05:00:00Z"), "America/Los_Angeles")).toEqual({
      name: "2026-11",
      // The clock is set back on the first day of this month.
      startsAt: instant("2026-11-01T07:00:00Z"),
      endsAt: instant("2026-12-01T08:00:00Z"),
    });
  });

  it("is followed by January after December", () => {
    expect(monthOf(instant("2026-12-31T12:00:00Z"), "Asia/Kolkata").endsAt).toBe(instant("2026-12-31T18:30:00Z"));
  });
});
