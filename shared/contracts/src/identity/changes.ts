import { z } from "zod";
import { Ref } from "../context/primitives.ts";
import { Decision } from "./decision.ts";

const reason = z.string().trim().min(1).max(1_000).optional().describe("Why, for the history. It is sealed like other data");
const ids = (what: string) => z.array(z.string().min(1).max(200)).min(1).max(100).describe(what);

export const LinkRequest = z.strictObject({
  ref: Ref.describe("A record. A ticket or case means the record of its requester"),
  to: Ref.describe("The customer, or one of its records"),
  reason,
});
export type LinkRequest = z.infer<typeof LinkRequest>;

export const UnlinkRequest = z.strictObject({
  ref: Ref.describe("The record that is not this customer's. A ticket or case means the record of its requester"),
  from: Ref.optional().describe("The customer, or one of its records; the record's customer of today when absent"),
  reason,
});
export type UnlinkRequest = z.infer<typeof UnlinkRequest>;

const chosen = (what: string) => Ref.optional().describe(`The record whose ${what} the customer is shown with`);

/** The records whose values a person chose. */
export const ChosenValues = z.strictObject({
  name: chosen("name"),
  email: chosen("e-mail address").describe("Of a person"),
  title: chosen("title").describe("Of a person"),
  domain: chosen("domain").describe("Of a company"),
});
export type ChosenValues = z.infer<typeof ChosenValues>;

export const MergeRequest = z.strictObject({
  into: Ref.describe("A customer, or one of its records"),
  from: Ref.describe("The customer whose records join it. With values, it may be the same customer"),
  values: ChosenValues.optional().describe(
    "Records whose values the customer is shown with, whatever the configured rules say. An undo takes the choice back",
  ),
  reason,
});
export type MergeRequest = z.infer<typeof MergeRequest>;

export const SplitRequest = z.strictObject({
  id: Ref.describe("The customer"),
  refs: z.array(Ref).min(1).max(100).describe("Its records that are another customer"),
  reason,
});
export type SplitRequest = z.infer<typeof SplitRequest>;

export const DismissRequest = z.strictObject({ candidates: ids("Ids of suggestions"), reason });
export type DismissRequest = z.infer<typeof DismissRequest>;

export const UndoRequest = z.strictObject({ decisions: ids("Ids of decisions"), reason });
export type UndoRequest = z.infer<typeof UndoRequest>;

/** The answer to every change. Readers see the change by then. */
export const IdentityChange = z.object({
  decisions: z.array(Decision).describe("The new decisions"),
  customers: z
    .array(z.object({ id: Ref, label: z.string().describe("Name, masked by role") }))
    .describe("The customers of the records after the change"),
  sequence: z.number().int().describe("Sequence of the last decision"),
});
export type IdentityChange = z.infer<typeof IdentityChange>;

/** Header of every change: the same key with the same body gives the same answer. */
export const IdempotencyKey = z.string().min(1).max(200);
