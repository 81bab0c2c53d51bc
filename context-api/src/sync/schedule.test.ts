import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextPull } from "./schedule.ts";

const epochMs = (text: string) => Date.parse(text);
const nightly = { mode: "nightly", at: "02:30" } as const;

describe("the next pull of a stream", () => {
  it("uses the platform's interval unless the configuration sets one", () => {
    expect(nextPull(null, 5_000, 1_000, "UTC")).toBe(6_000);
    expect(nextPull({ mode: "every", minutes: 2 }, 5_000, 1_000, "UTC")).toBe(121_000);
    expect(nextPull({ mode: "realtime", minutes: 60 }, 5_000, 0, "UTC")).toBe(3_600_000);
  });

  it.each([
    ["later today", "2026-11-21T01:00:00Z", "UTC", "2026-11-21T02:30:00Z"],
    ["tomorrow", "2026-11-21T02:30:00Z", "UTC", "2026-11-22T02:30:00Z"],
    ["in the tenant's local time", "2026-11-21T12:00:00Z", "Europe/Berlin", "2026-11-22T01:30:00Z"],
    ["in a zone with a half-hour offset", "2026-11-21T12:00:00Z", "Asia/Kolkata", "2026-11-21T21:00:00Z"],
    ["after an hour that daylight saving time skips", "2027-03-27T12:00:00Z", "Europe/Berlin", "2027-03-28T01:00:00Z"],
    ["once in a night that has the hour twice", "2026-10-24T12:00:00Z", "Europe/Berlin", "2026-10-25T00:30:00Z"],
  ])("nightly is %s", (_, last, zone, next) => {
    expect(new Date(nextPull(nightly, 0, epochMs(last), zone)).toISOString()).toBe(new Date(epochMs(next)).toISOString());
  });

  it("nightly runs once a day", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: epochMs("2026-01-01T00:00:00Z"), max: epochMs("2028-01-01T00:00:00Z") }),
        fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"),
        (last, zone) => {
          const next = nextPull(nightly, 0, last, zone);
          const hours = (next - last) / 3_600_000;
          expect(hours).toBeGreaterThan(0);
          expect(hours).toBeLessThanOrEqual(26);
        },
      ),
    );
  });
});
