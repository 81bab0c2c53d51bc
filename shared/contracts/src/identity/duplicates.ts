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

const decided = (what: string) => z.number().int().describe(what);

/** A decision about two customers that may have been one. */
export const ResolvedPair = z.object({
  decision: z.string().describe("Id of the decision"),
  type: z
    .enum(["merged", "linked", "dismissed"])
    .describe("merged: two customers became one; linked: a record joined a customer; dismissed: they are kept apart"),
  at: Instant.describe("When it was decided"),
  by: z.enum(["person", "model"]).describe("Who decided"),
  records: z
    .array(z.object({ ref: Ref.describe("The record"), label: z.string().describe("Name in the record, masked by role") }))
    .describe("The records that it is about, at most ten"),
  undone: z.boolean().describe("True when it no longer applies: it was undone or superseded"),
});
export type ResolvedPair = z.infer<typeof ResolvedPair>;

/** What was decided in the period of the report. */
export const ResolvedDuplicates = z.object({
  merged: decided("Decisions that made two customers one"),
  linked: decided("Decisions that a record belongs to a customer, by people and by the model"),
  dismissed: decided("Decisions that keep two customers apart"),
  undone: decided("How many of the merged, linked and dismissed ones no longer apply"),
  pairs: z.array(ResolvedPair).describe("The newest ones, at most 50"),
});
export type ResolvedDuplicates = z.infer<typeof ResolvedDuplicates>;

/** Records that a platform has twice. Sidelight changes nothing there. */
export const DuplicateReport = z.object({
  from: Instant.describe("A week before"),
  to: Instant.describe("When the report was made"),
  survivorRule: z.string().describe("How the survivor is chosen, in words"),
  groups: z.array(DuplicateGroup).describe("Those with most duplicates first"),
  resolved: ResolvedDuplicates.describe("What was decided within the last seven days. Of the newest 5,000 decisions"),
  masked: z.array(JsonPointer).describe("Values that are masked for your role, as JSON pointers into the report"),
});
export type DuplicateReport = z.infer<typeof DuplicateReport>;
