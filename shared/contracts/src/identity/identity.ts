import { z } from "zod";
import { CustomerKind } from "../context/context.ts";
import { JsonPointer, Ref } from "../context/primitives.ts";
import { Decision } from "./decision.ts";
import { IdentityReason, IdentityRecord, Strike, Suggestion } from "./evidence.ts";

/** How a record came to its customer. */
export const IdentityLink = z.object({
  rule: z.string().describe("first for the oldest record; email, crm_id, product_user or domain; linked for a decision"),
  by: z.enum(["rule", "model", "person"]).describe("Who linked the record"),
  confidence: z.number().min(0).max(1).describe("1 for the oldest record and for what a person decided"),
  decision: z.string().nullable().describe("Id of the decision; null for a rule"),
  modelVersion: z.string().nullable().describe("Version of the model that decided; null otherwise"),
});
export type IdentityLink = z.infer<typeof IdentityLink>;

export const IdentityMember = IdentityRecord.extend({
  platform: z.string().describe("Name of the platform: zendesk"),
  object: z.string().describe("Kind of object: user"),
  link: IdentityLink,
  reasons: z.array(IdentityReason).describe("Why the record belongs to the customer"),
});
export type IdentityMember = z.infer<typeof IdentityMember>;

/** Why these records are one customer. */
export const Identity = z.object({
  id: Ref.describe("The customer of today. It differs from the requested id after a merge"),
  kind: CustomerKind,
  label: z.string().describe("Name of the customer, masked by role"),
  members: z.array(IdentityMember).describe("Its records, oldest first. At most 200"),
  history: z.array(Decision).describe("Decisions about these records, newest first. At most 100"),
  candidates: z.array(Suggestion).describe("Customers that may be the same one"),
  strikes: z.array(Strike).describe("Identifiers of these records that join nothing"),
  masked: z.array(JsonPointer).describe("Values that are masked for your role, as JSON pointers"),
});
export type Identity = z.infer<typeof Identity>;
