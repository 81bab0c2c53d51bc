import { z } from "zod";
import { Instant, Purpose } from "../context/primitives.ts";

const FieldPlatform = z.object({
  platform: z.string().describe("Name of the platform: zendesk"),
  label: z.string().describe("Its name for people"),
  field: z.string().describe("The platform's own name of the field: Title"),
  isOwner: z.boolean().describe("True for the platform with authority"),
  state: z
    .enum(["ok", "backfilling", "failing", "invalid_credentials", "missing"])
    .describe("Of its connections, the worst. missing: the account has no such field, or hides it from the integration's user"),
});

/** A field that several platforms keep, and what happens with it. */
export const FieldStatus = z.object({
  name: z.string().describe("Name of the field in the configuration"),
  kind: z.enum(["person", "company"]).describe("Whose field it is"),
  owner: z.string().describe("The platform with authority"),
  direction: z.enum(["one-way", "two-way"]).describe("two-way: a change elsewhere can reach the owner"),
  rule: z.enum(["authority", "newest", "longest", "manual"]).describe("How a conflict is decided"),
  type: z.enum(["text", "email", "phone", "number", "boolean", "date"]).describe("How values are compared and masked"),
  purpose: Purpose.nullable().describe("Whose consent a write needs; null for the purpose of the platform's action"),
  enabled: z.boolean().describe("False: the values are read and compared, and nothing is written"),
  state: z
    .enum(["off", "ok", "waiting", "failing"])
    .describe(
      "off: not enabled. waiting: a person has to decide conflicts. failing: a platform cannot be read or refused a value. Else ok",
    ),
  platforms: z.array(FieldPlatform).describe("Where the field is kept, the owner first"),
  conflicts: z
    .object({
      open: z.number().int().describe("Waiting for a person now"),
      rule: z.number().int().describe("Opened in the time window and decided by the rule"),
      person: z.number().int().describe("Opened in the time window and decided by a person"),
      agreement: z.number().int().describe("Opened in the time window and ended because the platforms came to agree"),
    })
    .describe("Conflicts of the field"),
  writes: z
    .object({
      waiting: z.number().int().describe("Now"),
      done: z.number().int().describe("In the time window"),
      dead_letter: z.number().int().describe("In the time window"),
      withheld: z.number().int().describe("In the time window"),
    })
    .describe("Deliveries of the field by state"),
  nextAction: z.string().nullable().describe("What to do next; null when there is nothing to do"),
});
export type FieldStatus = z.infer<typeof FieldStatus>;

/** All fields that the configuration names. */
export const Fields = z.object({
  version: z.string().describe("Version of the configuration"),
  since: Instant.describe("Start of the time window"),
  items: z.array(FieldStatus).describe("In the order of the configuration"),
});
export type Fields = z.infer<typeof Fields>;
