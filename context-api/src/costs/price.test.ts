import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CostsConfig } from "../config/costs.ts";
import { forecastUnits, monthlyCost, variableCost } from "./price.ts";

const prices = fc
  .record({
    included: fc.option(fc.integer({ min: 1, max: 1_000 }), { nil: undefined }),
    per: fc.constantFrom(1, 100, 1_000),
    steps: fc.array(fc.record({ width: fc.integer({ min: 1, max: 5_000 }), price: fc.integer({ min: 0, max: 100 }) }), {
      maxLength: 5,
    }),
    monthlyFee: fc.integer({ min: 0, max: 500 }),
  })
  .map(({ steps, included, ...rest }) => {
    let upTo = included ?? 0;
    const tiers = steps.map(({ width, price }, i) => {
      upTo += width;
      return i === steps.length - 1 ? { price } : { upTo, price };
    });
    return { ...rest, included, prices: tiers };
  });
const units = fc.integer({ min: 0, max: 50_000 });

describe("variableCost", () => {
  it("costs each unit the price of its tier", () => {
    fc.assert(
      fc.property(prices, fc.integer({ min: 0, max: 8_000 }), (plan, count) => {
        let expected = 0;
        for (let unit = (plan.included ?? 0) + 1; unit <= count; unit++)
          expected += (plan.prices.find(({ upTo = Number.POSITIVE_INFINITY }) => unit <= upTo)?.price ?? 0) / plan.per;
        expect(variableCost(plan, count)).toBeCloseTo(expected, 4);
      }),
      { numRuns: 40 },
    );
  });

  it("never falls with more units, and is nothing within the plan", () => {
    fc.assert(
      fc.property(prices, units, units, (plan, a, b) => {
        expect(monthlyCost(plan, Math.max(a, b))).toBeGreaterThanOrEqual(monthlyCost(plan, Math.min(a, b)));
        expect(monthlyCost(plan, 0)).toBe(plan.monthlyFee);
        expect(variableCost(plan, plan.included ?? 0)).toBe(0);
      }),
    );
  });
});

describe("forecastUnits", () => {
  it("continues the pace of the last days, and is what was used at the end of the month", () => {
    const pace = { used: 1_000, recent: 700, recentMs: 7 * 86_400_000, remainingMs: 10 * 86_400_000 };
    expect(forecastUnits(pace)).toBe(2_000);
    expect(forecastUnits({ ...pace, remainingMs: 0 })).toBe(1_000);
    expect(forecastUnits({ ...pace, recentMs: 0 })).toBe(1_000);
  });
});

describe("CostsConfig", () => {
  const messages = (connection: object) =>
    CostsConfig.safeParse({ connections: { zendesk: connection } }).error?.issues.map(
      ({ path, message }) => `${path.join(".")}: ${message}`,
    );

  it("refuses prices that do not ascend, a last price with an end, and other names of currencies", () => {
    expect(messages({ included: 100, prices: [{ upTo: 50, price: 1 }, { price: 2 }] })).toEqual([
      "connections.zendesk.prices.0.upTo: must be more than 100, because prices ascend",
    ]);
    expect(messages({ prices: [{ upTo: 50, price: 1 }] })?.[0]).toMatch(/last price counts for all/);
    expect(messages({ prices: [{ price: 1 }, { price: 2 }] })?.[0]).toMatch(/must be more than 0/);
    expect(messages({ currency: "euro" })?.[0]).toMatch(/ISO 4217/);
    expect(messages({ included: 100, prices: [{ upTo: 500, price: 1 }, { price: 2 }] })).toBeUndefined();
  });
});
