import { z } from "zod";
import { didYouMean } from "./didYouMean.ts";
import type { ConfigIssue } from "./issues.ts";

const Currency = z.string().regex(/^[A-Z]{3}$/, "not a currency code of ISO 4217, as in EUR");
const amount = z.number().min(0).max(1e12);
const units = z.number().int().positive().max(1e12);

const PriceTier = z.strictObject({
  /** The last unit of a month that costs this price; without it, all further units do. */
  upTo: units.optional(),
  /** For `per` units, in whole units of the currency. */
  price: amount,
});

/** What a platform charges in a calendar month of the tenant's time zone. */
const ConnectionCosts = z
  .strictObject({
    /** Name of the plan, for reports. */
    plan: z.string().min(1).max(100).optional(),
    /** Default: the currency of `costs`. */
    currency: Currency.optional(),
    /** What is charged: answered calls, or events that were delivered. */
    unit: z.enum(["call", "event"]).default("call"),
    monthlyFee: amount.default(0),
    /** Units that the fee covers. The forecast is compared with them. */
    included: units.optional(),
    /** Units of one price. */
    per: units.default(1_000),
    prices: z.array(PriceTier).max(20).default([]),
    monthlyBudget: amount.optional(),
  })
  .superRefine(({ prices, included = 0 }, { addIssue }) => {
    let previous = included;
    for (const [i, { upTo }] of prices.entries()) {
      const isLast = i === prices.length - 1;
      if (isLast && upTo !== undefined)
        addIssue({
          code: "custom",
          path: ["prices", i, "upTo"],
          message: "leave it out: the last price counts for all further units",
        });
      if (!isLast && (upTo === undefined || upTo <= previous))
        addIssue({
          code: "custom",
          path: ["prices", i, "upTo"],
          message: `must be more than ${previous}, because prices ascend`,
        });
      previous = upTo ?? previous;
    }
  });
export type ConnectionCosts = z.infer<typeof ConnectionCosts>;

export const CostsConfig = z
  .strictObject({
    currency: Currency.default("USD"),
    /** For all connections whose currency is that of `costs`. */
    monthlyBudget: amount.optional(),
    /** By the id of the connection. */
    connections: z.record(z.string(), ConnectionCosts).default({}),
  })
  .prefault({});
export type CostsConfig = z.infer<typeof CostsConfig>;

/** Prices of connections that do not exist. */
export function costIssues({ connections }: CostsConfig, ids: readonly string[]): ConfigIssue[] {
  return Object.keys(connections).flatMap((id): ConfigIssue[] => {
    if (ids.includes(id)) return [];
    return [{ path: ["costs", "connections", id], message: `unknown connection ${id}${didYouMean(id, ids)}`, location: null }];
  });
}
