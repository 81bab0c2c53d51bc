import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { calendarDays } from "./calendar.ts";

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
