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
const noInputs: HealthInputs = {
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
  it("has weights that add up to one", () => {
    expect(drivers.reduce((sum, d) => sum + d.weight, 0)).toBeCloseTo(1, 10);
  });

  it("equals 50 plus the drivers' points, limited to 0 and 100, and follows the contract", () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const result = health(input);
        expect(HealthData.parse(result)).toEqual(result);
        if (result.score === null) return;
        const points = result.drivers.reduce((sum, d) => sum + d.points, 0);
        expect(Math.abs(result.score - Math.max(0, Math.min(100, 50 + points)))).toBeLessThanOrEqual(0.5 + 1e-9);
        expect(result.band).toBe(result.score >= 65 ? "good" : result.score >= 40 ? "watch" : "at_risk");
      }),
    );
  });

  it("lists every driver once, as present or missing with a reason, and shares the weight among the present ones", () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const result = health(input);
        const keys = [...result.drivers, ...result.missing].map((d) => d.key).sort();
        expect(keys).toEqual(drivers.map((d) => d.key).sort());
        if (result.score !== null) expect(result.drivers.reduce((sum, d) => sum + d.weight, 0)).toBeCloseTo(1, 3);
        for (const { key, reason } of result.missing) expect(reason).toBe(key === "csat" ? "no_ratings" : "unknown");
        expect(result.provisional).toBe(result.missing.reduce((sum, d) => sum + d.weight, 0) > 0.2 + 1e-9);
      }),
    );
  });

  it("sorts drivers by size of their points", () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const sizes = health(input).drivers.map((d) => Math.abs(d.points));
        expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
      }),
    );
  });

  it("never rises with another open ticket, another urgent one, or another inactive day", () => {
    fc.assert(
      fc.property(
        inputs,
        fc.constantFrom("openTickets", "urgentTickets", "daysSinceActive"),
        fc.nat(30),
        (input, key, increase) => {
          const value = input[key] ?? 0;
          const [better, worse] = [health({ ...input, [key]: value }), health({ ...input, [key]: value + increase })];
          expect(worse.score).toBeLessThanOrEqual(better.score!);
        },
      ),
    );
  });

  it("has no score without any input", () => {
    expect(health(noInputs)).toMatchObject({ score: null, band: null, trend: null, drivers: [], provisional: true });
  });

  it("counts csat without ratings as missing", () => {
    const result = health({ ...noInputs, openTickets: 0, csat: { good: 0, bad: 0 }, missing: { csat: "no_ratings" } });
    expect(result.missing).toContainEqual({ key: "csat", weight: 0.15, reason: "no_ratings" });
  });

  it("is provisional when more than a fifth of the weight is missing, not at exactly a fifth", () => {
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
