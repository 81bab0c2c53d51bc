import { z } from "zod";
import { Instant } from "../context/primitives.ts";

/** One call to a platform, as `GET /v1/calls` lists it. It never contains a personal value, a secret or a query string. */
export const Call = z.object({
  at: Instant.describe("When the answer was complete"),
  connection: z.string().describe("Id of the connection"),
  platform: z.string().describe("Name of the platform: zendesk"),
  route: z.string().describe("Method and path without parameters: GET /api/v2/users/{id}"),
  status: z.number().int().describe("HTTP status; 0 when no answer came"),
  ms: z.number().describe("Milliseconds from sending the request to the end of the body"),
  bytes: z.number().int().describe("Size of the response body"),
  priority: z.string().describe("interactive, webhook, sync or backfill"),
  cause: z.string().describe("What it was made for: read, webhook, other, route:{route}, action:{action} or stream:{stream}"),
  customerTier: z.string().nullable().describe("Tier of the customer; null for work for several customers, or without tiers"),
  requestId: z.string().nullable().describe("Id of the request to this API that caused the call; null for a pull"),
});

export const CallList = z.object({ items: z.array(Call), nextCursor: z.string().nullable() });
