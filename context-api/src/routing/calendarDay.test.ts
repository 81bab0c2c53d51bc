import jsonata from "jsonata";
import { describe, expect, it } from "vitest";
import { registerCalendarDay } from "./calendarDay.ts";

async function evaluate(source: string): Promise<unknown> {
  const expression = jsonata(source);
  registerCalendarDay(expression);
  return await expression.evaluate({ last: "2026-11-20T22:30:00.000Z", none: null, zone: "Pacific/Auckland" });
}

describe("$calendarDay", () => {
  it.each([
    ["$calendarDay(last, zone)", "2026-11-21"],
    ["$calendarDay(last, 'America/Los_Angeles')", "2026-11-20"],
    ["$calendarDay('2026-11-20', zone)", "2026-11-20"],
    ["$calendarDay(last, zone, 1)", "2026-11-22"],
    ["$calendarDay('2026-02-28', zone, 1)", "2026-03-01"],
    // This day of New York has 25 hours: 24 hours after its first half hour it has not ended.
    ["$calendarDay('2026-11-01T04:30:00Z', 'America/New_York', 1)", "2026-11-02"],
    ["$calendarDay('2026-11-01', zone, 1e12)", undefined],
    ["$calendarDay(none, zone)", undefined],
    ["$calendarDay(missing, zone)", undefined],
    ["$calendarDay('soon', zone)", undefined],
    ["$calendarDay(last, 'Mars/Base')", undefined],
  ])("%s is %s", async (source, day) => {
    expect(await evaluate(source)).toBe(day);
  });
});
