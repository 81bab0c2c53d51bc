import { z } from "zod";
import { Instant, JsonPointer, Ref } from "../context/primitives.ts";
import { IdentityReason } from "./evidence.ts";

/** One of two records of a platform that are, or may be, one customer. */
export const DuplicateRecord = z.object({
  ref: Ref.describe("The record"),
  label: z.string().describe("Name in the record, masked by role; the ref when it has none"),
  link: z.string().nullable().describe("The record in the platform's own pages"),
  filledFields: z.number().int().describe("How many of its fields have a value"),
  references: z.number().int().describe("How many tickets, cases and other records belong to it"),
  changedAt: Instant.nullable().describe("When it changed last; null when the platform does not report it"),
});
export type DuplicateRecord = z.infer<typeof DuplicateRecord>;

export const DuplicatePair = z.object({
  state: z
    .enum(["joined", "possible"])
    .describe("joined: both are one customer in Sidelight; possible: a suggestion without a decision"),
  survivor: DuplicateRecord.describe("The record that should stay"),
  duplicate: DuplicateRecord.describe("The record that should be merged into it on the platform"),
  why: z.string().describe("Why the survivor should stay"),
  moves: z
    .array(z.object({ object: z.string().describe("zendesk.ticket"), count: z.number().int().describe("How many") }))
    .describe("Records that would move to the survivor"),
  reasons: z.array(IdentityReason).describe("Why both are one customer"),
  confidence: z.number().min(0).max(1).describe("Estimated probability that both are one customer"),
  candidate: z.string().nullable().describe("Id of the suggestion; null for records that are joined"),
  customers: z.array(Ref).describe("The customer, or both customers of a suggestion"),
  since: Instant.describe("When both were joined, or suggested first"),
  isNew: z.boolean().describe("True within the last seven days"),
});
export type DuplicatePair = z.infer<typeof DuplicatePair>;

const counts = (noun: string) =>
  z
    .object({ count: z.number().int().describe("All pairs"), new: z.number().int().describe("Those of the last seven days") })
    .describe(noun);

/** The duplicates of one object of one connection. */
export const DuplicateGroup = z.object({
  platform: z.string().describe("Name of the platform: zendesk"),
  connection: z.string().describe("Id of the connection"),
  object: z.string().describe("zendesk.user"),
  joined: counts("Pairs that are one customer in Sidelight"),
  possible: counts("Pairs that may be one customer"),
  pairs: z.array(DuplicatePair).describe("New ones first, at most 50 of each state"),
});
export type DuplicateGroup = z.infer<typeof DuplicateGroup>;

/** Records that a platform has twice. Sidelight changes nothing there. */
export const DuplicateReport = z.object({
  from: Instant.describe("A week before"),
  to: Instant.describe("When the report was made"),
  survivorRule: z.string().describe("How the survivor is chosen, in words"),
  groups: z.array(DuplicateGroup).describe("Those with most duplicates first"),
  masked: z.array(JsonPointer).describe("Values that are masked for your role, as JSON pointers into the report"),
});
export type DuplicateReport = z.infer<typeof DuplicateReport>;
