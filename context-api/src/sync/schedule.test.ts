import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextPull } from "./schedule.ts";

const at = (text: string) => Date.parse(text);
const nightly = { mode: "nightly", at: "02:30" } as const;

describe("when a stream is pulled again", () => {
  it("is its platform's pause, or the configuration's", () => {
    expect(nextPull(null, 5_000, 1_000, "UTC")).toBe(6_000);
    expect(nextPull({ mode: "every", minutes: 2 }, 5_000, 1_000, "UTC")).toBe(121_000);
    expect(nextPull({ mode: "realtime", minutes: 60 }, 5_000, 0, "UTC")).toBe(3_600_000);
  });

  it.each([
    ["later today", "2026-11-21T01:00:00Z", "UTC", "2026-11-21T02:30:00Z"],
    ["tomorrow", "2026-11-21T02:30:00Z", "UTC", "2026-11-22T02:30:00Z"],
    ["on the tenant's wall", "2026-11-21T12:00:00Z", "Europe/Berlin", "2026-11-22T01:30:00Z"],
    ["in a zone of half hours", "2026-11-21T12:00:00Z", "Asia/Kolkata", "2026-11-21T21:00:00Z"],
    ["after an hour that the clocks leave out", "2027-03-27T12:00:00Z", "Europe/Berlin", "2027-03-28T01:00:00Z"],
    ["once in a night that has the hour twice", "2026-10-24T12:00:00Z", "Europe/Berlin", "2026-10-25T00:30:00Z"],
  ])("nightly is %s", (_, last, zone, next) => {
    expect(new Date(nextPull(nightly, 0, at(last), zone)).toISOString()).toBe(new Date(at(next)).toISOString());
  });

  it("nightly comes once a day, always", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: at("2026-01-01T00:00:00Z"), max: at("2028-01-01T00:00:00Z") }),
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
