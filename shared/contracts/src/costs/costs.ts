import { z } from "zod";
import { Instant } from "../context/primitives.ts";

const Count = z.number().int();
const Amount = z.number().describe("In whole units of the currency, rounded to two decimals");
const Part = z.number().min(0).max(1);
export const CostMonth = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, "not a month, as in 2026-11");

const budgetStates = ["within", "will_exceed", "exceeded", "no_budget"] as const;
const BudgetState = z
  .enum(budgetStates)
  .describe("will_exceed: the forecast is above the budget; exceeded: the budget is spent already");

export const ConnectionCost = z.object({
  connection: z.string().describe("Id of the connection"),
  platform: z.string(),
  plan: z.string().nullable(),
  unit: z.enum(["call", "event"]).describe("What the platform charges: answered calls, or delivered events"),
  calls: Count.describe("Calls that the platform answered, refusals with 429 excepted"),
  failedCalls: Count.describe("Of these, with a status of 400 or more"),
  unansweredCalls: Count.describe("Calls without an answer and refusals with 429. They are not charged"),
  events: Count.describe("Effects that were delivered"),
  units: Count.describe("Units that are charged or covered by the plan"),
  forecastUnits: Count.describe("At the end of the month, if they go on as in the last seven days"),
  included: Count.nullable().describe("Units that the plan covers; null without such a limit"),
  amount: z
    .object({
      currency: z.string(),
      fee: Amount,
      variable: Amount.describe("For units above those of the plan"),
      total: Amount,
      forecast: Amount.describe("At the end of the month"),
      budget: Amount.nullable(),
      state: BudgetState,
    })
    .nullable()
    .describe("null for a connection without prices"),
});
export type ConnectionCost = z.infer<typeof ConnectionCost>;

const CostPart = z.object({
  connection: z.string(),
  calls: Count,
  events: Count,
  share: Part.describe("Of the units of the connection"),
  amount: Amount.nullable().describe("The same share of what its units cost; null without prices"),
});

export const Costs = z.object({
  tenant: z.string(),
  month: CostMonth,
  timeZone: z.string().describe("In which the month begins. Totals are kept by the hour of UTC"),
  from: Instant,
  to: Instant.describe("The first instant after the month"),
  asOf: Instant,
  since: Instant.nullable().describe("The first hour with totals; null before it. What was before it is not counted"),
  totals: z
    .array(
      z.object({
        currency: z.string(),
        amount: Amount,
        forecast: Amount,
        budget: Amount.nullable(),
        state: BudgetState,
      }),
    )
    .describe("One for each currency. Amounts of several currencies are never added"),
  connections: z.array(ConnectionCost),
  operations: z
    .array(CostPart.extend({ operation: z.string().describe("Method and path of a call, or the action of events") }))
    .describe("What used most units, at most 50"),
  causes: z
    .array(
      CostPart.extend({
        kind: z
          .enum(["route", "action", "stream", "read", "webhook", "other"])
          .describe("action: several routes shared the calls"),
        name: z.string().describe("Name of the route, action or stream; empty for the others"),
      }),
    )
    .describe("What the calls and events were for, at most 50"),
  tiers: z
    .array(z.object({ tier: z.string().nullable(), calls: Count, events: Count }))
    .describe("By tier of the customer; null for work for several customers, and without tiers"),
  savings: z.object({
    cache: z.object({
      answers: Count,
      withoutCall: Count.describe("Answers from memory, Redis or the store"),
      callsSaved: Count.describe(
        "One for each connection and answer without a call. The calls of pulls and webhooks are not deducted",
      ),
      tiers: z.array(z.object({ tier: z.string(), answers: Count, callsSaved: Count })),
    }),
    batching: z
      .array(
        z.object({
          connection: z.string(),
          action: z.string(),
          deliveries: Count,
          events: Count.describe("Effects that were sent. Deliveries of one object were merged"),
          batches: Count,
          perBatch: z.number().nullable().describe("Events of one batch"),
          callsSaved: Count.describe("Deliveries that needed no batch of their own"),
        }),
      )
      .describe("Deliveries that shared calls"),
  }),
});
export type Costs = z.infer<typeof Costs>;

/** A month beside the month before. */
export const CostReport = z.object({
  current: Costs,
  previous: Costs.nullable().describe("null when nothing was counted in it"),
});
export type CostReport = z.infer<typeof CostReport>;
