import { z } from "zod";
import { Instant } from "../context/primitives.ts";

/** One account on a platform, as `GET /v1/connections` tells of it. */
export const ConnectionStatus = z.object({
  id: z.string(),
  platform: z.string(),
  environment: z.enum(["production", "sandbox"]),
  state: z.enum(["backfilling", "ok", "failing", "invalid_credentials"]),
  summary: z.string().describe("In words, as in: last success 2 minutes ago"),
  lastSuccessAt: Instant.nullable(),
  failingSince: Instant.nullable(),
  problem: z.string().nullable(),
  lagSeconds: z.number().nullable().describe("Age of the oldest stream; null before the first is complete"),
  webhooks: z.object({
    lastReceivedAt: Instant.nullable(),
    lastDay: z.number().int().describe("Events that the platform told us of in the last 24 hours"),
    foundByPulls: z
      .number()
      .int()
      .describe("Changes in the last 24 hours that nobody told us of, or not before a pull found them"),
  }),
  budget: z
    .record(z.string(), z.object({ limit: z.number(), remaining: z.number(), windowSeconds: z.number() }))
    .describe("Requests left, by pool"),
  streams: z.array(
    z.object({
      name: z.string(),
      complete: z.boolean().describe("True once the first backfill is done"),
      records: z.number().int(),
      coveredUntil: Instant.nullable(),
      lastPullAt: Instant.nullable(),
    }),
  ),
});
export type ConnectionStatus = z.infer<typeof ConnectionStatus>;

export const ConnectionList = z.object({ items: z.array(ConnectionStatus), nextCursor: z.null() });
