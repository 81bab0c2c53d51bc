import { HealthData } from "@sidelight/contracts/context/sections.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drivers, type HealthInputs, health } from "./health.ts";

const orMissing = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const inputs: fc.Arbitrary<HealthInputs> = fc.record({
  usageTrend: orMissing(fc.constantFrom("rising", "steady", "falling", "new", "inactive")),
  daysSinceActive: orMissing(fc.nat(400)),
  csat: orMissing(fc.record({ good: fc.nat(50), bad: fc.nat(50) })),
  openTickets: orMissing(fc.nat(100)),
  urgentTickets: orMissing(fc.nat(20)),
  daysToRenewal: orMissing(fc.integer({ min: -400, max: 400 })),
  onboardingDone: orMissing(fc.constantFrom(0, 0.25, 0.5, 1)),
  missing: fc.constant({ csat: "no_ratings" }),
});
const nothing: HealthInputs = {
  usageTrend: null,
  daysSinceActive: null,
  csat: null,
  openTickets: null,
  urgentTickets: null,
  daysToRenewal: null,
  onboardingDone: null,
  missing: {},
};

describe("the health score", () => {
  it("is weighed by a table that adds up to one", () => {
    expect(drivers.reduce((sum, d) => sum + d.weight, 0)).toBeCloseTo(1, 10);
  });

  it("is 50 and the points of its drivers, within 0 and 100, as the contract says", () => {
    fc.assert(
      fc.property(inputs, (given) => {
        const told = health(given);
        expect(HealthData.parse(told)).toEqual(told);
        if (told.score === null) return;
        const points = told.drivers.reduce((sum, d) => sum + d.points, 0);
        expect(Math.abs(told.score - Math.max(0, Math.min(100, 50 + points)))).toBeLessThanOrEqual(0.5 + 1e-9);
        expect(told.band).toBe(told.score >= 65 ? "good" : told.score >= 40 ? "watch" : "at_risk");
      }),
    );
  });

  it("names every driver once, as read or as missing with a reason; the weights of those read add up to one", () => {
    fc.assert(
      fc.property(inputs, (given) => {
        const told = health(given);
        const named = [...told.drivers, ...told.missing].map((d) => d.key).sort();
        expect(named).toEqual(drivers.map((d) => d.key).sort());
        if (told.score !== null) expect(told.drivers.reduce((sum, d) => sum + d.weight, 0)).toBeCloseTo(1, 3);
        for (const { key, reason } of told.missing) expect(reason).toBe(key === "csat" ? "no_ratings" : "unknown");
        expect(told.provisional).toBe(told.missing.reduce((sum, d) => sum + d.weight, 0) > 0.2 + 1e-9);
      }),
    );
  });

  it("shows what weighs most first", () => {
    fc.assert(
      fc.property(inputs, (given) => {
        const sizes = health(given).drivers.map((d) => Math.abs(d.points));
        expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
      }),
    );
  });

  it("never rises for another open ticket, another urgent one, or another day of silence", () => {
    fc.assert(
      fc.property(inputs, fc.constantFrom("openTickets", "urgentTickets", "daysSinceActive"), fc.nat(30), (given, key, more) => {
        const before = given[key] ?? 0;
        const [less, worse] = [health({ ...given, [key]: before }), health({ ...given, [key]: before + more })];
        expect(worse.score).toBeLessThanOrEqual(less.score!);
      }),
    );
  });

  it("is none at all of nobody of whom nothing is known", () => {
    expect(health(nothing)).toMatchObject({ score: null, band: null, trend: null, drivers: [], provisional: true });
  });

  it("takes no rating for a missing one", () => {
    const told = health({ ...nothing, openTickets: 0, csat: { good: 0, bad: 0 }, missing: { csat: "no_ratings" } });
    expect(told.missing).toContainEqual({ key: "csat", weight: 0.15, reason: "no_ratings" });
  });

  it("is provisional for a fifth and more, not for a fifth", () => {
    const all: HealthInputs = {
      usageTrend: "steady",
      daysSinceActive: 1,
      csat: { good: 3, bad: 0 },
      openTickets: 1,
      urgentTickets: 0,
      daysToRenewal: 100,
      onboardingDone: 1,
      missing: {},
    };
    expect(health({ ...all, urgentTickets: null, daysToRenewal: null }).provisional).toBe(false);
    expect(health({ ...all, csat: null, daysToRenewal: null }).provisional).toBe(true);
  });
});
