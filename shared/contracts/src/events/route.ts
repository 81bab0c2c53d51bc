import { z } from "zod";
import { Instant } from "../context/primitives.ts";

/** Why what a route carries was not taken. */
export const RouteFailure = z.object({
  deliveryId: z.string(),
  at: Instant.nullable().describe("When it was given up; null while it is tried again"),
  nextAttemptAt: Instant.nullable().describe("Null once it was given up"),
  cause: z.string().nullable(),
  message: z.string().nullable(),
});

/** One route that is followed, with what it has carried. */
export const RouteStatus = z.object({
  id: z.string(),
  on: z.array(z.string()).describe("Types of events that it takes"),
  when: z.string().nullable().describe("JSONata; null where every event is let through"),
  to: z.object({ connection: z.string(), platform: z.string(), label: z.string() }),
  do: z.string().describe("The platform's action"),
  state: z
    .enum(["ok", "waiting", "failing"])
    .describe("failing: what was tried last was not taken; waiting: something is still to be sent"),
  counts: z.object({
    waiting: z.number().int().describe("Now"),
    held: z.number().int().describe("Now, behind one that was given up"),
    done: z.number().int().describe("Since then, as are the others below"),
    dead: z.number().int(),
    withheld: z.number().int(),
  }),
  lastDelivered: z
    .object({ at: Instant, ms: z.number().int() })
    .nullable()
    .describe("ms: from the event's provenance to the platform's answer"),
  delayMs: z.object({ p50: z.number().int(), p95: z.number().int() }).nullable().describe("Of the last 100 delivered"),
  lastFailure: RouteFailure.nullable(),
});
export type RouteStatus = z.infer<typeof RouteStatus>;

/** The way of events through Sidelight, as `GET /v1/config/routes` tells of it. */
export const Routes = z.object({
  version: z.string().nullable().describe("Of the configuration; null where this process delivers nothing"),
  since: Instant.describe("From when on is counted"),
  sources: z
    .array(z.object({ platform: z.string(), label: z.string(), events: z.number().int() }))
    .describe("Events received since, without those of a first filling"),
  items: z.array(RouteStatus),
});
export type Routes = z.infer<typeof Routes>;
