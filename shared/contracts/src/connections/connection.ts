import { z } from "zod";
import { Instant } from "../context/primitives.ts";

/** One account on a platform, as `GET /v1/connections` lists it. */
export const ConnectionStatus = z.object({
  id: z.string().describe("Id of the connection in the configuration"),
  platform: z.string().describe("Name of the platform: zendesk"),
  environment: z.enum(["production", "sandbox"]).describe("Which kind of account it is"),
  state: z
    .enum(["backfilling", "ok", "failing", "invalid_credentials"])
    .describe("backfilling: the first pull is not complete; invalid_credentials: the platform refused the sign-in"),
  summary: z.string().describe("The state in words: last success 2 minutes ago"),
  lastSuccessAt: Instant.nullable().describe("When the platform last answered a call, or sent an accepted webhook"),
  failingSince: Instant.nullable().describe("When the first of the current failures happened; null while calls succeed"),
  problem: z.string().nullable().describe("The last failure in words; null while calls succeed"),
  lagSeconds: z.number().nullable().describe("Age of the stream that is furthest behind; null before the first pull is complete"),
  webhooks: z
    .object({
      lastReceivedAt: Instant.nullable().describe("When the last webhook arrived"),
      lastDay: z.number().int().describe("Events that webhooks brought in the last 24 hours"),
      foundByPulls: z.number().int().describe("Changes in the last 24 hours that a pull found before any webhook reported them"),
    })
    .describe("How changes arrive"),
  quota: z
    .record(
      z.string(),
      z.object({
        limit: z.number().describe("Requests allowed in a window"),
        remaining: z.number().describe("Requests left in this window for interactive calls"),
        windowSeconds: z.number().describe("Length of the window"),
      }),
    )
    .describe("Requests left, by the name of the quota"),
  streams: z
    .array(
      z.object({
        name: z.string().describe("Name of the stream: tickets"),
        complete: z.boolean().describe("True once the first backfill is complete"),
        records: z.number().int().describe("Records pulled so far"),
        coveredUntil: Instant.nullable().describe("Changes up to this instant have been pulled"),
        lastPullAt: Instant.nullable().describe("When the last pull ended"),
      }),
    )
    .describe("What is pulled from the platform"),
});
export type ConnectionStatus = z.infer<typeof ConnectionStatus>;

export const ConnectionList = z.object({
  items: z.array(ConnectionStatus),
  nextCursor: z.string().nullable().describe("Always null: all connections are on one page"),
});
