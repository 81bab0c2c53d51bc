import type { ConnectionCosts } from "../config/costs.ts";

type Prices = Pick<ConnectionCosts, "monthlyFee" | "included" | "per" | "prices">;

/** What units of one month cost besides the fee. The units that the fee covers come first and cost nothing. */
export function variableCost({ included = 0, per, prices }: Omit<Prices, "monthlyFee">, units: number): number {
  let from = included;
  let cost = 0;
  for (const { upTo = Number.POSITIVE_INFINITY, price } of prices) {
    const counts = Math.max(0, Math.min(units, upTo) - from);
    cost += (counts * price) / per;
    from = Math.max(from, upTo);
  }
  return cost;
}

export const monthlyCost = (prices: Prices, units: number): number => prices.monthlyFee + variableCost(prices, units);

export interface Pace {
  /** Units since the month began. */
  used: number;
  /** Units of the last days, and how long those days were, ms. */
  recent: number;
  recentMs: number;
  /** Until the month ends, ms. */
  remainingMs: number;
}

/** Units at the end of the month if they go on as in the last days. */
export const forecastUnits = ({ used, recent, recentMs, remainingMs }: Pace): number =>
  used + (recentMs <= 0 ? 0 : (recent / recentMs) * Math.max(0, remainingMs));

/** Rounded to the smallest part of usual currencies, so that sums are stable. */
export const roundAmount = (amount: number): number => Math.round(amount * 100) / 100;
