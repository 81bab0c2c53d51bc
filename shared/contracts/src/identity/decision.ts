import { z } from "zod";
import { Instant, Ref } from "../context/primitives.ts";
import { IdentityReason } from "./evidence.ts";

export const DecisionType = z
  .enum(["linked", "unlinked", "merged", "split", "dismissed", "struck", "undone"])
  .describe("What was decided");
export type DecisionType = z.infer<typeof DecisionType>;

/** A decision about who is who. It is an event of the log and stays visible after it was undone. */
export const Decision = z.object({
  id: z.string().describe("Id of the decision: dec_…. It is the source id of its event"),
  type: DecisionType,
  at: Instant.describe("When it was decided"),
  actor: z
    .object({
      kind: z.enum(["person", "model"]).describe("Who decided"),
      id: z.string().describe("Id of the API key or panel session, or version of the model"),
      role: z.string().nullable().describe("Role of the caller; null for the model"),
    })
    .describe("Who decided"),
  reason: z.string().nullable().describe("What the caller wrote, masked by role; null when nothing was written"),
  confidence: z
    .number()
    .nullable()
    .describe("Estimated probability that a link of the model is right; null for a person's decision"),
  modelVersion: z.string().nullable().describe("Version of the model that decided; null for a person"),
  reasons: z.array(IdentityReason).describe("Why the model decided; empty for a person's decision"),
  values: z
    .record(z.string(), Ref)
    .describe("By field, the record whose value was chosen for the customer; empty when none was chosen"),
  records: z.array(Ref).describe("The records that it is about"),
  customers: z.array(Ref).describe("The customers that these records belong to today"),
  undone: z.boolean().describe("True when the decision no longer applies: it was undone or superseded"),
  undoes: z.array(z.string()).describe("Ids of the decisions that this one undoes"),
  supersedes: z.array(z.string()).describe("Ids of earlier decisions that this one contradicts and replaces"),
});
export type Decision = z.infer<typeof Decision>;

export const IdentityDecisionList = z.object({ items: z.array(Decision), nextCursor: z.string().nullable() });
export type IdentityDecisionList = z.infer<typeof IdentityDecisionList>;
