import { z } from "zod";
import { Instant } from "../context/primitives.ts";

/** One call to a platform, as `GET /v1/calls` tells of it. Never holds a personal value, a secret or a query. */
export const Call = z.object({
  at: Instant,
  connection: z.string(),
  platform: z.string(),
  route: z.string().describe("Method and path, parameters left out: GET /api/v2/users/{id}"),
  status: z.number().int().describe("HTTP status; 0 when no answer came"),
  ms: z.number().describe("From sending to the end of the body"),
  bytes: z.number().int().describe("Of the answer's body"),
  lane: z.string().describe("interactive, webhook, sync or backfill"),
  requestId: z.string().nullable().describe("Request to this API that caused it; null for a pull"),
});

export const CallList = z.object({ items: z.array(Call), nextCursor: z.string().nullable() });
