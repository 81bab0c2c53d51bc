import { addDays, calendarDays } from "@sidelight/model/calendar.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createProjectDays } from "./projectDays.ts";

const zones = [
  "Pacific/Auckland",
  "Pacific/Kiritimati",
  "Asia/Kolkata",
  "UTC",
  "America/Los_Angeles",
  "Pacific/Pago_Pago",
] as const;
const instants = fc.integer({ min: Date.parse("2026-01-01"), max: Date.parse("2027-01-01") });

describe("the last day of an export", () => {
  it("is accepted by a project in any time zone after at most two refusals", () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.constantFrom(...zones), instants, (tenantZone, projectZone, now) => {
        const days = createProjectDays({ projectZone: undefined, now: () => now, monotonic: () => now });
        const latestDay = addDays(calendarDays(tenantZone)(now), 1);
        const candidateDays = days.lastDays(latestDay, true);
        const projectDay = calendarDays(projectZone)(now);
        const acceptedIndex = candidateDays.findIndex((day) => day <= projectDay);
        expect(acceptedIndex).toBeGreaterThanOrEqual(0);
        expect(acceptedIndex).toBeLessThanOrEqual(2);
        expect(candidateDays.every((day) => day <= latestDay)).toBe(true);
      }),
    );
  });

  it("is the project's day when the setting names its time zone", () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.constantFrom(...zones), instants, (tenantZone, projectZone, now) => {
        const days = createProjectDays({ projectZone, now: () => now, monotonic: () => now });
        const projectDay = calendarDays(projectZone)(now);
        const latestDay = addDays(calendarDays(tenantZone)(now), 1);
        expect(days.lastDays(latestDay, true)[0]).toBe(projectDay < latestDay ? projectDay : latestDay);
      }),
    );
  });

  it("is not tried again within an hour of its refusal, and a day that has not begun in UTC not within six hours", () => {
    let now = Date.parse("2026-11-21T13:00:00Z");
    const days = createProjectDays({ projectZone: undefined, now: () => now, monotonic: () => now });
    expect(days.lastDays("2026-11-23", true)).toEqual(["2026-11-22", "2026-11-21"]);
    days.refuse("2026-11-22");
    now += 5 * 3_600_000;
    expect(days.lastDays("2026-11-23", true)).toEqual(["2026-11-21"]);
    now += 3_600_000;
    expect(days.lastDays("2026-11-23", true)).toEqual(["2026-11-22", "2026-11-21"]);
    days.accept("2026-11-22");
    days.refuse("2026-11-22");
    now += 3_600_000;
    expect(days.lastDays("2026-11-23", true)).toEqual(["2026-11-22", "2026-11-21"]);
  });

  it("is the project's day in any zone, also ahead of the tenant and UTC, and is rarely refused after the first day", () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.constantFrom(...zones), instants, (tenantZone, projectZone, start) => {
        let now = start;
        const days = createProjectDays({ projectZone: undefined, now: () => now, monotonic: () => now });
        const [dayOfTenant, dayOfProject] = [calendarDays(tenantZone), calendarDays(projectZone)];
        const refusalsOfDay = [0, 0, 0];
        for (let pull = 0; pull < 3 * 48; pull += 1) {
          const latestDay = addDays(dayOfTenant(now), 1);
          const projectDay = dayOfProject(now);
          const candidateDays = days.lastDays(latestDay, true);
          const acceptedIndex = candidateDays.findIndex((day) => day <= projectDay);
          for (const refusedDay of candidateDays.slice(0, acceptedIndex)) days.refuse(refusedDay);
          refusalsOfDay[Math.floor(pull / 48)] = (refusalsOfDay[Math.floor(pull / 48)] ?? 0) + acceptedIndex;
          const usedDay = candidateDays[acceptedIndex] ?? "";
          days.accept(usedDay);
          // A day that began within the hour may still count as refused, within six hours until the project was ahead of UTC once.
          const newest = projectDay < latestDay ? projectDay : latestDay;
          const earlier = dayOfProject(now - (pull < 96 ? 6 : 1) * 3_600_000);
          expect(usedDay >= (earlier < newest ? earlier : newest)).toBe(true);
          now += 1_800_000;
        }
        expect(refusalsOfDay[0]).toBeLessThanOrEqual(14);
        expect(refusalsOfDay[2]).toBeLessThanOrEqual(2);
      }),
      { numRuns: 40 },
    );
  });
});
