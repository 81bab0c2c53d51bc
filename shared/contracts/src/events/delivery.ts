import { z } from "zod";
import { Instant, Purpose, Ref } from "../context/primitives.ts";
import { IdentityReason } from "../identity/evidence.ts";

/** One event to one target, as `GET /v1/deliveries` lists it. What is sent stays sealed. */
export const Delivery = z.object({
  id: z.string().describe("Id of the delivery; every attempt carries it"),
  eventId: z.string().describe("The event that is delivered"),
  route: z.string().describe("Id of the route"),
  target: z.string().describe("Id of the target connection"),
  action: z.string().describe("The platform's action: add-internal-note"),
  state: z
    .enum(["waiting", "done", "dead_letter", "blocked", "withheld"])
    .describe(
      "waiting: to be tried at nextAttemptAt; dead_letter: moved to the dead-letter queue, an operator decides; blocked: waits behind a dead letter of the same object; withheld: not sent, because the person withdrew consent for its purpose",
    ),
  cause: z
    .string()
    .nullable()
    .describe(
      "Why the last attempt failed: rejected, not_found, conflict, invalid_credentials, rate_limited, unavailable, misconfigured or bug; monthly_cap: it waits for the next month; possible_duplicate: the record that it would create may exist already, and a person decides; duplicate_accepted: a person decided to create it",
    ),
  message: z.string().nullable().describe("The same in words; never a value of a customer"),
  attempts: z.number().int().describe("Attempts so far"),
  nextAttemptAt: Instant.nullable().describe("When the next attempt is due; null unless the delivery is waiting"),
  createdAt: Instant.describe("When the event was routed"),
  settledAt: Instant.nullable().describe("When the delivery reached its final state; null before"),
  ref: z.string().nullable().describe("The record that was written"),
  config: z.string().describe("Version of the configuration that created the delivery"),
  purpose: Purpose.nullable().describe(
    "What the delivery is for. A person who withdrew consent for it is left out. Null: no purpose is named, and every withdrawal counts",
  ),
});
export type Delivery = z.infer<typeof Delivery>;

/** A customer whose record a delivery may duplicate. */
export const PossibleDuplicate = z.object({
  id: Ref.describe("The customer"),
  ref: Ref.describe("Its record that matches best, masked by role"),
  confidence: z.number().min(0).max(1).describe("Estimated probability that both are one person"),
  reasons: z.array(IdentityReason).describe("What agrees, and what contradicts"),
  candidate: z
    .string()
    .nullable()
    .describe("Dismiss it with POST /v1/identity/dismiss to create the record; null when the event's person has no record"),
});
export type PossibleDuplicate = z.infer<typeof PossibleDuplicate>;

/** One delivery with what a person needs to decide about it. */
export const DeliveryDetail = Delivery.extend({
  duplicates: z
    .array(PossibleDuplicate)
    .describe("Whose records it may duplicate, as the store is now; empty unless its cause is possible_duplicate"),
});
export type DeliveryDetail = z.infer<typeof DeliveryDetail>;

export const DeliveryList = z.object({ items: z.array(Delivery), nextCursor: z.string().nullable() });

/** Dead letters of one target and route that failed for the same cause. */
export const DeadLetterGroup = z.object({
  target: z.string().describe("Id of the target connection"),
  route: z.string().describe("Id of the route"),
  cause: z.string().nullable().describe("As in a delivery: rejected, unavailable, …"),
  count: z.number().int().describe("How many dead letters"),
  firstAt: Instant.describe("When the first of them was moved to the dead-letter queue"),
  lastAt: Instant.describe("When the last of them was"),
});
export type DeadLetterGroup = z.infer<typeof DeadLetterGroup>;

export const RetryPreview = z.object({
  count: z.number().int().describe("Dead letters that match"),
  atOnce: z.number().int().describe("How many of them one call retries"),
  groups: z.array(DeadLetterGroup).describe("The same by target, route and cause, largest first"),
});
export type RetryPreview = z.infer<typeof RetryPreview>;

export const RetriedDeliveries = z.object({
  retried: z.number().int().describe("Deliveries that wait again"),
  kept: z
    .number()
    .int()
    .optional()
    .describe(
      "Dead letters that stay: their mapping fails again, or the active route does not take their event. Absent without any",
    ),
  preview: RetryPreview.optional().describe("What would be retried; only for a request with `preview`"),
});
export type RetriedDeliveries = z.infer<typeof RetriedDeliveries>;
