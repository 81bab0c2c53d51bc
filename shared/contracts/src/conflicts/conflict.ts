import { z } from "zod";
import { Instant, JsonPointer, Ref } from "../context/primitives.ts";

const FieldValue = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** A value that a platform has of a field. */
const ConflictValue = z.object({
  platform: z.string().describe("Name of the platform: zendesk"),
  ref: Ref.nullable().describe("The record; null for one whose id can be personal, for roles that see no personal values"),
  value: FieldValue.describe("Null: the platform has none"),
  changedAt: Instant.describe("When the platform changed it, as far as it reports that"),
  hasChanged: z
    .boolean()
    .nullable()
    .describe("True when it differs from what was agreed; null when nothing was agreed with the owner"),
});

const ConflictDecision = z.object({
  by: z.enum(["rule", "person", "agreement"]).describe("agreement: the platforms came to have the same value"),
  platform: z.string().nullable().describe("The platform whose value was taken; null for a value that a person wrote"),
  value: FieldValue,
  reason: z.string().nullable().describe("What the person wrote about it"),
  at: Instant.describe("When it was decided"),
});

/** A field whose value differs between platforms, and what was decided. */
export const Conflict = z.object({
  id: z.string().describe("Id of the conflict"),
  field: z.string().describe("Name of the field in the configuration"),
  kind: z.enum(["person", "company"]).nullable().describe("null for a field that the configuration no longer has"),
  customer: z.string().nullable().describe("person:… or company:…, as of now; null when it is not known any more"),
  customerName: z.string().nullable().describe("Name of the customer in one of these records, masked by role; null without one"),
  owner: z.string().nullable().describe("The platform with authority"),
  rule: z.enum(["authority", "newest", "longest", "manual"]).describe("The rule of the field when the conflict began"),
  cause: z
    .enum(["changed", "no_base", "returns"])
    .describe(
      "changed: platforms changed it in different ways. no_base: the values never agreed. returns: what Sidelight writes is changed again each time",
    ),
  state: z.enum(["open", "resolved"]).describe("open: a person decides"),
  values: z.array(ConflictValue).describe("What each platform had when the conflict was last looked at"),
  base: z
    .object({ value: FieldValue })
    .nullable()
    .describe("What the platforms last agreed on; null when they never agreed, or when no version of a record has it any more"),
  decision: ConflictDecision.nullable().describe("null while the conflict is open"),
  openedAt: Instant,
  masked: z.array(JsonPointer).describe("Values that the role may not see"),
});
export type Conflict = z.infer<typeof Conflict>;

export const ConflictList = z.object({ items: z.array(Conflict), nextCursor: z.string().nullable() });
export type ConflictList = z.infer<typeof ConflictList>;

/** Takes the value of a platform, or another value. */
export const ResolveRequest = z
  .strictObject({
    platform: z.string().max(40).optional().describe("The platform whose value is right"),
    value: z
      .union([z.string().max(4_000), z.number(), z.boolean(), z.null()])
      .optional()
      .describe("The right value, when no platform has it. Null clears the field"),
    reason: z.string().trim().max(500).optional().describe("Why. It is stored with the decision"),
  })
  .refine(({ platform, value }) => (platform === undefined) !== (value === undefined), "Send either platform or value.");
export type ResolveRequest = z.infer<typeof ResolveRequest>;

export const ResolvedConflict = z.object({
  conflict: Conflict,
  sequence: z.number().int().describe("Sequence of the event that records the decision"),
});
export type ResolvedConflict = z.infer<typeof ResolvedConflict>;
