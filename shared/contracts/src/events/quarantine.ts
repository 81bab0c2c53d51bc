import { z } from "zod";
import { Instant } from "../context/primitives.ts";

/** A verified message that could not be used. Its content stays sealed. */
export const Quarantined = z.object({
  id: z.string().describe("Id of the message"),
  platform: z.string().describe("Name of the platform: zendesk"),
  connection: z.string().describe("Id of the connection"),
  webhook: z.string().describe("Kind of the webhook source: events"),
  reason: z.string().describe("unknown_type, unreadable, wrong_account, gap or out_of_bounds"),
  detail: z.string().describe("What was wrong; never a value of a customer"),
  state: z.enum(["quarantined", "released", "discarded"]).describe("quarantined: an operator decides"),
  receivedAt: Instant.describe("When the message arrived"),
  resolvedAt: Instant.nullable().describe("When it was released or discarded; null before"),
});
export type Quarantined = z.infer<typeof Quarantined>;

export const QuarantineList = z.object({ items: z.array(Quarantined), nextCursor: z.string().nullable() });

export const ReleasedMessage = z.object({
  accepted: z.number().int().describe("Events that were appended"),
  duplicates: z.number().int().describe("Events that had been appended before"),
  eventIds: z.array(z.string()).describe("Ids of the appended and the repeated events"),
  unusable: z.array(z.string()).describe("What is still wrong. The message stays in quarantine when this is not empty"),
});
export type ReleasedMessage = z.infer<typeof ReleasedMessage>;
