import { z } from "zod";
import { Instant, Purpose } from "../context/primitives.ts";

/** Why a delivery of a route failed. */
export const RouteFailure = z.object({
  deliveryId: z.string().describe("The delivery that failed"),
  at: Instant.nullable().describe("When it was moved to the dead-letter queue; null while it is retried"),
  nextAttemptAt: Instant.nullable().describe("When it is tried again; null for a dead letter"),
  cause: z.string().nullable().describe("As in a delivery: rejected, unavailable, …"),
  message: z.string().nullable().describe("The same in words"),
});

/** One active route and its deliveries. */
export const RouteStatus = z.object({
  id: z.string().describe("Id of the route"),
  on: z.array(z.string()).describe("Event types that the route takes"),
  when: z.string().nullable().describe("Condition in JSONata; null when the route takes every event of its types"),
  to: z
    .object({
      connection: z.string().describe("Id of the target connection"),
      platform: z.string().describe("Name of its platform"),
      label: z.string().describe("Name of its platform for people"),
    })
    .describe("The target"),
  do: z.string().describe("The platform's action: add-internal-note"),
  purpose: Purpose.nullable().describe("What its effects are for; null when that is not named"),
  owner: z.string().nullable().describe("Who looks after the route: a team; null when the configuration names none"),
  criticality: z.enum(["low", "normal", "high"]).describe("How urgent its failures are"),
  state: z
    .enum(["ok", "waiting", "failing"])
    .describe("failing: the last attempt failed; waiting: deliveries are waiting or blocked"),
  counts: z
    .object({
      waiting: z.number().int().describe("Now"),
      blocked: z.number().int().describe("Now, behind a dead letter of the same object"),
      done: z.number().int().describe("In the time window"),
      dead_letter: z.number().int().describe("In the time window"),
      withheld: z.number().int().describe("In the time window"),
    })
    .describe("Deliveries by state"),
  lastDelivered: z
    .object({ at: Instant, ms: z.number().int().describe("From receiving the event to the platform's answer") })
    .nullable()
    .describe("The last successful delivery"),
  delayMs: z
    .object({ p50: z.number().int(), p95: z.number().int() })
    .nullable()
    .describe("From receiving the event to the platform's answer, over the last 100 successful deliveries"),
  lastFailure: RouteFailure.nullable().describe("The failure that is retried now, or the last dead letter"),
});
export type RouteStatus = z.infer<typeof RouteStatus>;

/** The active routes, as `GET /v1/config/routes` returns them. */
export const Routes = z.object({
  version: z.string().nullable().describe("Version of the configuration; null when this process delivers nothing"),
  since: Instant.describe("Start of the time window"),
  sources: z
    .array(
      z.object({
        platform: z.string().describe("Name of the platform"),
        label: z.string().describe("Name for people"),
        events: z.number().int().describe("Events received in the time window, without those of a first backfill"),
      }),
    )
    .describe("Where events come from"),
  items: z.array(RouteStatus).describe("In the order of the configuration"),
});
export type Routes = z.infer<typeof Routes>;

/** What one route would make of an event. */
export const RouteTrial = z.object({
  route: z.string().describe("Id of the route"),
  eventType: z.string().describe("Type of the event that it was tried with"),
  target: z.string().nullable().describe("Id of the target connection; null for a disabled route"),
  action: z.string().nullable().describe("The platform's action; null for a disabled route"),
  outcome: z
    .string()
    .describe(
      "would_deliver; or why not: condition_false, no_link, unchanged, already_alerted, disabled, withheld, or dead_letter when an expression fails or the action refuses the value",
    ),
  detail: z.string().nullable().describe("The outcome in words"),
  payload: z.unknown().describe("The input of the action, masked for the role; null without a delivery"),
});

export const RouteTest = z.object({
  version: z.string().describe("Version of the configuration whose routes were tried"),
  items: z.array(RouteTrial).describe("The routes that take such an event"),
});
export type RouteTest = z.infer<typeof RouteTest>;

export const RouteTestRequest = z
  .strictObject({
    event: z.string().max(60).optional().describe("Id of a past event"),
    ref: z.string().max(500).optional().describe("Ref of an object in the store: zendesk.ticket:5158"),
    type: z.string().max(120).optional().describe("With ref: only routes of this event type"),
  })
  .describe("Either event or ref");
export type RouteTestRequest = z.infer<typeof RouteTestRequest>;
