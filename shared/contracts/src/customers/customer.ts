import { z } from "zod";
import { Day, Instant, JsonPointer, Money, Ref } from "../context/primitives.ts";
import { HealthBand, Owner, ProductData } from "../context/sections.ts";

/** Why a customer needs a call. */
export const ListReason = z.enum(["at_risk", "renewing", "gone_quiet"]);
export type ListReason = z.infer<typeof ListReason>;

/** How a list of customers is sorted. */
export const CustomerSort = z.enum(["health", "renewal", "last_active"]);
export type CustomerSort = z.infer<typeof CustomerSort>;

export const UsageTrend = ProductData.shape.trend.unwrap();

/** A company as a list shows it. Every value may be null. */
export const CustomerRow = z.object({
  id: Ref.describe("company:…"),
  name: z.string().nullable().describe("Name of the company"),
  record: Ref.nullable().describe("The account's record: salesforce.account:001…"),
  link: z.string().nullable().describe("The account in its platform's user interface"),
  owner: Owner.pick({ id: true, name: true, kind: true }).nullable().describe("Who owns the account"),
  arr: Money.nullable().describe("Annual recurring revenue"),
  renewalDate: Day.nullable().describe("Day of the next renewal"),
  health: z.object({
    score: z.number().min(0).max(100).nullable().describe("The health score"),
    band: HealthBand.nullable().describe("The score in words"),
    since: Instant.nullable().describe("Since when the band applies, as far as it was seen"),
  }),
  usage: z.object({
    trend: UsageTrend.nullable().describe("Sessions of the last 15 days compared with the 15 days before"),
    since: Instant.nullable().describe("Since when the trend applies, as far as it was seen"),
    lastActiveAt: Instant.nullable().describe("Last use of the product"),
  }),
  reasons: z
    .array(
      z.object({
        reason: ListReason.describe("at_risk: the health; renewing: soon; gone_quiet: used before, and not lately"),
        since: z.union([Instant, Day]).describe("Since when, or the day of the renewal"),
        days: z.number().int().describe("Days since then; for a renewal, days until it"),
      }),
    )
    .describe("Why the customer needs a call, the most urgent first; empty when nothing does"),
  pinned: z.boolean().describe("True for a customer that the caller pinned"),
  computedAt: Instant.describe("When the row was computed"),
  masked: z.array(JsonPointer).describe("Values that the role may not see"),
});
export type CustomerRow = z.infer<typeof CustomerRow>;

export const CustomerList = z.object({ items: z.array(CustomerRow), nextCursor: z.string().nullable() });
export type CustomerList = z.infer<typeof CustomerList>;
