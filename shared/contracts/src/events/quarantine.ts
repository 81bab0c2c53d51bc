import { z } from "zod";
import { Instant } from "../context/primitives.ts";

/** A message that came from whom it said, and could not be used. Its content stays sealed. */
export const Quarantined = z.object({
  id: z.string(),
  platform: z.string(),
  connection: z.string(),
  webhook: z.string().describe("Kind of the webhook"),
  reason: z.string().describe("unknown_type, unreadable, wrong_account or gap"),
  detail: z.string().describe("What was wrong; never a value"),
  state: z.enum(["held", "released", "discarded"]),
  receivedAt: Instant,
  settledAt: Instant.nullable(),
});
export type Quarantined = z.infer<typeof Quarantined>;

export const QuarantineList = z.object({ items: z.array(Quarantined), nextCursor: z.string().nullable() });

export const Released = z.object({
  accepted: z.number().int(),
  duplicates: z.number().int(),
  eventIds: z.array(z.string()),
  unusable: z.array(z.string()).describe("What is still wrong with it; it stays held then"),
});
