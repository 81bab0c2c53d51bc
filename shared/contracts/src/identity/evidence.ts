import { z } from "zod";
import { Instant, JsonPointer, Ref } from "../context/primitives.ts";

/** A named value, masked by role. */
export const LabeledValue = z.object({
  label: z.string().describe("Name of the value: email"),
  value: z.string().describe("The value, masked by role"),
});
export type LabeledValue = z.infer<typeof LabeledValue>;

/** One reason why records belong together. */
export const IdentityReason = z.object({
  rule: z.string().describe("Name of the rule: email"),
  text: z.string().describe("The reason in words, without a personal value"),
  records: z.array(Ref).describe("The records that the reason is about"),
  values: z.array(LabeledValue).describe("The values that agree"),
});
export type IdentityReason = z.infer<typeof IdentityReason>;

/** One record of a customer, with what identifies it. */
export const IdentityRecord = z.object({
  ref: Ref.describe("The record"),
  label: z.string().describe("Name in the record, masked by role; the ref when it has none"),
  facts: z.array(LabeledValue).describe("What identifies the record"),
});
export type IdentityRecord = z.infer<typeof IdentityRecord>;

/** One side of a suggestion: a customer as it is today. */
export const SuggestionSide = z.object({
  id: Ref.describe("person:… or company:…"),
  label: z.string().describe("Name of the customer, masked by role"),
  members: z.array(IdentityRecord).describe("Its records"),
});
export type SuggestionSide = z.infer<typeof SuggestionSide>;

export const SuggestionState = z.enum(["open", "dismissed", "linked"]);
export type SuggestionState = z.infer<typeof SuggestionState>;

/** Two customers that may be one, or that a decision made one or keeps apart. */
export const Suggestion = z.object({
  id: z.string().describe("Use it to dismiss the suggestion"),
  kind: z.enum(["person", "company"]),
  state: SuggestionState.describe(
    "open: not decided yet; dismissed: a decision keeps the two apart; linked: a decision made them one",
  ),
  confidence: z.number().min(0).max(1).describe("Estimated probability that both are one customer"),
  modelVersion: z.string().nullable().describe("Version of the model that scored it; null when a rule found it"),
  since: Instant.describe("When it was suggested first"),
  decision: z.string().nullable().describe("Id of the decision that settled it; null while it is open"),
  reasons: z.array(IdentityReason).describe("What agrees"),
  left: SuggestionSide,
  right: SuggestionSide,
  masked: z.array(JsonPointer).describe("Values that are masked for your role, as JSON pointers into the suggestion"),
});
export type Suggestion = z.infer<typeof Suggestion>;

export const SuggestionList = z.object({ items: z.array(Suggestion), nextCursor: z.string().nullable() });
export type SuggestionList = z.infer<typeof SuggestionList>;

/** An identifier that joins no records, because it does not identify one customer. */
export const Strike = z.object({
  id: z.string().describe("Keyed hash of the identifier"),
  kind: z.string().describe("email, domain, product_user, crm_id or phone"),
  value: z.string().describe("The identifier, masked by role"),
  holders: z.number().int().describe("How many records have it. Counted up to 1,000"),
  reason: z
    .enum(["role", "placeholder", "shared_host", "over_cap", "contested", "person", "configured"])
    .describe(
      "role: an address of a function, as billing@; over_cap: too many records have it; contested: different customers have it; person: a person decided; configured: identity.evidence of the configuration names it",
    ),
  since: Instant.describe("When it was struck out"),
  by: z.string().nullable().describe("Id of the API key that struck it out; null for a rule"),
});
export type Strike = z.infer<typeof Strike>;

export const StrikeList = z.object({ items: z.array(Strike), nextCursor: z.string().nullable() });
export type StrikeList = z.infer<typeof StrikeList>;
