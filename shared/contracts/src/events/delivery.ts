import { z } from "zod";
import { Instant } from "../context/primitives.ts";

/** One event to one target, as `GET /v1/deliveries` tells of it. What was sent stays sealed. */
export const Delivery = z.object({
  id: z.string(),
  eventId: z.string(),
  route: z.string(),
  target: z.string().describe("Connection"),
  action: z.string(),
  state: z.enum(["waiting", "done", "dead", "held", "withheld"]),
  cause: z
    .string()
    .nullable()
    .describe("rejected, not_found, conflict, invalid_credentials, rate_limited, unavailable, misconfigured or bug"),
  message: z.string().nullable(),
  attempts: z.number().int(),
  nextAttemptAt: Instant.nullable(),
  createdAt: Instant,
  settledAt: Instant.nullable(),
  ref: z.string().nullable().describe("What was written"),
  config: z.string().describe("Version of the configuration that made it"),
});
export type Delivery = z.infer<typeof Delivery>;

export const DeliveryList = z.object({ items: z.array(Delivery), nextCursor: z.string().nullable() });
export const Retried = z.object({ retried: z.number().int() });
