import { z } from "zod";
import { Instant } from "../context/primitives.ts";

/** `POST /v1/search`. The query is in the body: it can be an address. */
export const SearchRequest = z.strictObject({
  query: z
    .string()
    .trim()
    .min(1)
    .max(600)
    .describe(
      "A ref, an e-mail address, a phone number, a domain, the id of a request, event, delivery, alert or quarantined message, a correlation id, or any id of a platform",
    ),
});
export type SearchRequest = z.infer<typeof SearchRequest>;

export const SearchHit = z.object({
  kind: z.enum(["customer", "event", "delivery", "request", "alert", "quarantine", "audit"]),
  id: z.string(),
  label: z.string().describe("What it is, masked by role"),
  detail: z.string().nullable().describe("More about it, in words"),
  at: Instant.nullable().describe("When it happened; null for a customer"),
  address: z.string().nullable().describe("Path in the console after `#/`; null for what has no page"),
  steps: z
    .array(z.object({ at: Instant, text: z.string() }))
    .describe("Of a failed request: the calls to platforms that it caused, oldest first"),
});
export type SearchHit = z.infer<typeof SearchHit>;

export const SearchResult = z.object({ items: z.array(SearchHit).describe("The most exact first, at most 30") });
export type SearchResult = z.infer<typeof SearchResult>;
