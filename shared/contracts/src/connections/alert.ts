import { z } from "zod";
import { Instant } from "../context/primitives.ts";

/** Something that an operator should know, as `GET /v1/alerts` lists it. */
export const Alert = z.object({
  id: z.string().describe("Id of the alert"),
  kind: z
    .string()
    .describe(
      "sign_in_failed, circuit_open, stream_failing, stream_unavailable, subscription_failing, quota_exhausted, quota_runs_out, monthly_cap, dead_letter, delivery_review, conflicts_waiting, queue_growing, messages_quarantined, webhook_silent, clock_differs, projection_failed, retention_refused, records_missing, mapped_field_gone, field_gone, field_new, field_type_changed, api_version_ending, config_refused",
    ),
  severity: z.enum(["critical", "warning", "info"]).describe("critical: data is missing or wrong until this is fixed"),
  connection: z.string().describe("Id of the connection; empty for the tenant itself"),
  subject: z.string().describe("What the alert is about, for example the name of a field; empty for the connection itself"),
  message: z.string().describe("What happened and what to do"),
  cause: z.string().describe("Why it happened, in words"),
  since: Instant.describe("When the cause began. The alert may have been opened later"),
  count: z.number().int().describe("How many failures, deliveries or messages it covers"),
  nextAction: z.string().describe("What to do next"),
  reopenings: z
    .number()
    .int()
    .describe(
      "How often the cause came back within half an hour of its end. The alert then stays open until it is gone for 15 minutes",
    ),
  openedAt: Instant.describe("When the alert was opened"),
  closedAt: Instant.nullable().describe("When the cause was gone; null while the alert is open"),
});
export type Alert = z.infer<typeof Alert>;

export const AlertList = z.object({ items: z.array(Alert), nextCursor: z.string().nullable() });
