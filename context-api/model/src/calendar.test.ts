import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { calendarDayOf, calendarDays, wallClock } from "./calendar.ts";

const dayIn = (timeZone: string, iso: string): string => calendarDays(timeZone)(Date.parse(iso));

describe("the calendar day of an instant", () => {
  it("equals the day of Intl in every time zone", () => {
    const zones = Intl.supportedValuesOf("timeZone");
    const instant = fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2040, 0) });
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.array(instant, { minLength: 20, maxLength: 20 }), (timeZone, instants) => {
        const dayOf = calendarDays(timeZone);
        const parts = new Intl.DateTimeFormat("sv-SE", { timeZone });
        for (const ms of instants) expect(dayOf(ms)).toBe(parts.format(ms));
      }),
    );
  });

  it("changes at local midnight to the millisecond, also when clocks change", () => {
    const midnights = {
      "Europe/Berlin": ["2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"],
      "America/New_York": ["2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"],
      "Australia/Lord_Howe": ["2026-04-04T13:00:00Z", "2026-04-05T13:30:00Z"],
      "Asia/Kathmandu": ["2026-11-20T18:15:00Z"],
    };
    for (const [zone, instants] of Object.entries(midnights)) {
      const dayOf = calendarDays(zone);
      for (const midnight of instants.map((iso) => Date.parse(iso))) {
        expect(dayOf(midnight - 1) < dayOf(midnight), `${zone} ${midnight}`).toBe(true);
        expect(dayOf(midnight + 1)).toBe(dayOf(midnight));
      }
    }
  });

  it("handles nights without a midnight and a skipped day", () => {
    // Cairo's clocks went from 23:59:59 to 1:00 in the night to 2026-04-24.
    expect([dayIn("Africa/Cairo", "2026-04-23T21:59:59Z"), dayIn("Africa/Cairo", "2026-04-23T22:00:00Z")]).toEqual([
      "2026-04-23",
      "2026-04-24",
    ]);
    // Samoa went from Thursday to Saturday when it changed sides of the date line.
    expect([dayIn("Pacific/Apia", "2011-12-30T09:59:59Z"), dayIn("Pacific/Apia", "2011-12-30T10:00:00Z")]).toEqual([
      "2011-12-29",
      "2011-12-31",
    ]);
  });

  it("is the same after more instants than the cache holds", () => {
    const dayOf = calendarDays("UTC");
    for (let slot = 0; slot < 60_000; slot += 7) dayOf(slot * 900_000);
    expect(dayOf(0)).toBe("1970-01-01");
  });
});

describe("a calendar day in a text", () => {
  const dayOf = calendarDays("Pacific/Auckland");

  it.each([
    ["2026-11-20", "2026-11-20"],
    ["2026-11-20T09:00:00Z", "2026-11-20"],
    ["2026-11-20T11:00:00.000Z", "2026-11-21"],
    ["2026-11-20T22:00:00.000+0000", "2026-11-21"],
    ["2026-13-45", null],
    ["20 November 2026", null],
    ["", null],
  ])("%s is %s: a date is never shifted, an instant is a day of the tenant", (text, day) => {
    expect(calendarDayOf(text, dayOf)).toBe(day);
  });
});

describe("the instant of a wall clock's time", () => {
  it("is the one at which the clock shows it, in every time zone, except in the hours around a change of the clock", () => {
    const zones = Intl.supportedValuesOf("timeZone");
    const instant = fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2040, 0) });
    fc.assert(
      fc.property(fc.constantFrom(...zones), instant, (timeZone, ms) => {
        const second = Math.floor(ms / 1000) * 1000;
        const format = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" });
        const wall = Date.parse(`${format.format(second).replace(" ", "T")}Z`);
        expect(Math.abs(wallClock(timeZone)(wall) - second)).toBeLessThanOrEqual(7_200_000);
        const showsItOnce = format.format(second - 86_400_000).slice(11) === format.format(second + 86_400_000).slice(11);
        if (showsItOnce) expect(wallClock(timeZone)(wall)).toBe(second);
      }),
    );
  });

  it("is right before and after the clocks of Los Angeles go back", () => {
    const instantOf = wallClock("America/Los_Angeles");
    const iso = (text: string) => new Date(instantOf(Date.parse(text))).toISOString();
    expect(iso("2026-10-31T23:30:00Z")).toBe("2026-11-01T06:30:00.000Z");
    expect(iso("2026-11-01T12:00:00Z")).toBe("2026-11-01T20:00:00.000Z");
  });
});
