import { HealthData } from "@sidelight/contracts/context/sections.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drivers, type HealthInputs, type HealthKey, health, noHealthInputs } from "./health.ts";

const facts = ["none_set", "not_mapped", "no_ratings", "empty", "history_unknown"];
const hiddenReasons = ["consent_withheld", "pending", "error", "not_connected", "unknown"];
type Input = Exclude<keyof HealthInputs, "missing">;
const inputOf: Record<HealthKey, Input> = {
  usage_trend: "usageTrend",
  last_active: "daysSinceActive",
  csat: "csat",
  open_tickets: "openTickets",
  urgent_tickets: "urgentTickets",
  renewal: "daysToRenewal",
  onboarding: "onboardingDone",
};
const keys = Object.keys(inputOf) as HealthKey[];

const missingForAll = (reason: string): HealthInputs["missing"] => Object.fromEntries(keys.map((key) => [key, reason]));
const orMissing = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const inputs: fc.Arbitrary<HealthInputs> = fc.record({
  usageTrend: orMissing(fc.constantFrom("rising", "steady", "falling", "new", "inactive")),
  daysSinceActive: orMissing(fc.nat(400)),
  csat: orMissing(fc.record({ good: fc.nat(50), bad: fc.nat(50) })),
  openTickets: orMissing(fc.nat(100)),
  urgentTickets: orMissing(fc.nat(20)),
  daysToRenewal: orMissing(fc.integer({ min: -400, max: 400 })),
  onboardingDone: orMissing(fc.constantFrom(0, 0.25, 0.5, 1)),
  missing: fc.constantFrom(...facts).map(missingForAll),
});

/** A customer who is doing well. */
const good: HealthInputs = {
  usageTrend: "rising",
  daysSinceActive: 0,
  csat: { good: 5, bad: 0 },
  openTickets: 0,
  urgentTickets: 0,
  daysToRenewal: 200,
  onboardingDone: 1,
  missing: {},
};

describe("the health score", () => {
  it("has weights that add up to one", () => {
    expect(drivers.reduce((sum, d) => sum + d.weight, 0)).toBeCloseTo(1, 10);
  });

  it("equals 50 plus the drivers' points, limited by their caps, and follows the contract", () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const result = health(input);
        const data = { ...result, trend: null };
        expect(HealthData.parse(data)).toEqual(data);
        if (result.score === null) return;
        const points = result.drivers.reduce((sum, d) => sum + d.points, 0);
        const limit = Math.min(100, ...result.drivers.map(({ cap }) => cap ?? 100));
        expect(Math.abs(result.score - Math.min(limit, Math.max(0, 50 + points)))).toBeLessThanOrEqual(0.5 + 1e-9);
        expect(result.band).toBe(result.score >= 65 ? "good" : result.score >= 40 ? "watch" : "at_risk");
      }),
    );
  });

  it("lists every driver once with its own weight, as present or missing with a reason", () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const result = health(input);
        const allDrivers = [...result.drivers, ...result.missing];
        expect(allDrivers.map((d) => d.key).sort()).toEqual([...keys].sort());
        for (const { key, weight } of allDrivers) expect(weight).toBe(drivers.find((d) => d.key === key)!.weight);
        expect(result.provisional).toBe(
          result.score === null || result.missing.reduce((sum, d) => sum + d.weight, 0) > 0.2 + 1e-9,
        );
      }),
    );
  });

  it("never rises when an input is withheld, lost or late: it has no score then", () => {
    fc.assert(
      fc.property(inputs, fc.subarray(keys, { minLength: 1 }), fc.constantFrom(...hiddenReasons), (input, hiddenKeys, reason) => {
        const values = Object.fromEntries(hiddenKeys.map((key) => [inputOf[key], null]));
        const reasons = Object.fromEntries(hiddenKeys.map((key) => [key, reason]));
        const score = health({ ...input, ...values, missing: { ...input.missing, ...reasons } }).score;
        expect(score).toBeNull();
      }),
    );
  });

  it("does not give the weight of missing inputs to the others", () => {
    const better = health({ ...good, csat: null, missing: { csat: "no_ratings" } });
    expect(better.score).toBeLessThan(health(good).score!);
    const worse = { ...good, usageTrend: "inactive", openTickets: 9, csat: null } as const;
    // 50 − 12.5 + 7.5 − 7.5 + 2.5 + 2.5 + 5: missing ratings add nothing.
    expect(health({ ...worse, missing: { csat: "no_ratings" } }).score).toBe(48);
  });

  it("does not exist when the known inputs are worth less than half of the weight, and exists at exactly half", () => {
    const half: HealthInputs = {
      ...noHealthInputs,
      missing: missingForAll("empty"),
      csat: { good: 3, bad: 0 },
      daysToRenewal: 200,
    };
    expect(health({ ...half, openTickets: 0, urgentTickets: 0 }).score).not.toBeNull();
    expect(health({ ...half, openTickets: 0 })).toMatchObject({ score: null, band: null, provisional: true });
  });

  it("of a lead of whom nothing is known but an empty ticket list does not exist", () => {
    const lead = health({ ...noHealthInputs, missing: missingForAll("empty"), openTickets: 0, urgentTickets: 0 });
    expect(lead).toMatchObject({ score: null, band: null });
    expect(health({ ...noHealthInputs, missing: missingForAll("empty") })).toMatchObject({
      score: null,
      drivers: [],
    });
  });

  it.each<[string, Partial<HealthInputs>, number, string]>([
    ["a renewal that is a day overdue", { daysToRenewal: -1 }, 64, "renewal"],
    ["a renewal that is 37 days overdue", { daysToRenewal: -37 }, 39, "renewal"],
    ["an absence of a month", { daysSinceActive: 30 }, 64, "last_active"],
    ["an absence of two months", { daysSinceActive: 60 }, 39, "last_active"],
    ["both, by the stricter one", { daysToRenewal: -1, daysSinceActive: 90 }, 39, "last_active"],
  ])("is limited by %s, which leads the reasons", (_, worse, cap, key) => {
    const result = health({ ...good, ...worse });
    expect(result.score).toBe(cap);
    expect(result.drivers[0]).toMatchObject({ key, cap });
  });

  it("is not limited by a renewal today or an absence of four weeks", () => {
    expect(health({ ...good, daysToRenewal: 0 }).band).toBe("good");
    expect(health({ ...good, daysSinceActive: 29 }).drivers.every(({ cap }) => cap === null)).toBe(true);
  });

  it("sorts drivers by their cap, then by size of their points", () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const order = health(input).drivers.map((d) => [d.cap ?? 101, -Math.abs(d.points)] as const);
        expect(order).toEqual([...order].sort(([a, b], [c, d]) => a - c || b - d));
      }),
    );
  });

  it("never rises with another open ticket, another urgent one, another inactive day, or a renewal a day nearer", () => {
    fc.assert(
      fc.property(
        inputs,
        fc.constantFrom(...(["openTickets", "urgentTickets", "daysSinceActive"] as const)),
        fc.nat(30),
        (input, key, increase) => {
          const value = input[key] ?? 0;
          const [better, worse] = [health({ ...input, [key]: value }), health({ ...input, [key]: value + increase })];
          if (better.score === null) expect(worse.score).toBeNull();
          else expect(worse.score).toBeLessThanOrEqual(better.score);
        },
      ),
    );
    fc.assert(
      fc.property(inputs, fc.integer({ min: -60, max: 200 }), fc.nat(90), (input, daysToRenewal, nearer) => {
        const score = (days: number) => health({ ...input, daysToRenewal: days }).score ?? 0;
        expect(score(daysToRenewal - nearer)).toBeLessThanOrEqual(score(daysToRenewal));
      }),
    );
  });

  it("counts csat without ratings as missing", () => {
    const result = health({ ...good, csat: { good: 0, bad: 0 }, missing: { csat: "no_ratings" } });
    expect(result.missing).toEqual([{ key: "csat", weight: 0.15, reason: "no_ratings" }]);
    expect(result.score).not.toBeNull();
  });

  it("is provisional when more than a fifth of the weight is missing, not at exactly a fifth", () => {
    const missingInputs = missingForAll("none_set");
    expect(health({ ...good, missing: missingInputs, urgentTickets: null, daysToRenewal: null }).provisional).toBe(false);
    expect(health({ ...good, missing: missingInputs, csat: null, daysToRenewal: null }).provisional).toBe(true);
  });
});
