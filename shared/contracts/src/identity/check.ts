import { z } from "zod";
import { Ref } from "../context/primitives.ts";
import { IdentityReason } from "./evidence.ts";

const text = z.string().max(1_000).nullish();
const texts = z.union([z.string().max(1_000), z.array(z.string().max(1_000)).max(100)]).nullish();

/** A record as a caller knows it. Every member is optional. */
export const CheckedRecord = z.object({
  id: text.describe("Id of the record on its platform"),
  platform: text.describe("Name of the platform: zendesk"),
  givenName: text.describe("Given name"),
  familyName: text.describe("Family name"),
  name: text.describe("Whole name"),
  emails: texts.describe("E-mail addresses"),
  phones: texts.describe("Phone numbers"),
  birthDate: text.describe("Calendar day of birth"),
  address: z
    .object({ line: text, locality: text, region: text, postcode: text, country: text })
    .partial()
    .nullish()
    .describe("Postal address"),
  company: text.describe("Name of the company"),
  externalIds: z
    .union([z.string().max(1_000), z.array(z.string().max(1_000)).max(100), z.record(z.string(), z.string().max(1_000))])
    .nullish()
    .describe("Ids on other systems"),
});
export type CheckedRecord = z.infer<typeof CheckedRecord>;

export const CheckRequest = z.strictObject({
  record: CheckedRecord,
  target: z.string().max(100).optional().describe("Where the record would be created: zendesk.user"),
});
export type CheckRequest = z.infer<typeof CheckRequest>;

export const CheckResult = z.object({
  decision: z.enum(["use", "create", "ask"]).describe("use: the first match is the record; ask: a person decides"),
  matches: z
    .array(
      z.object({
        id: Ref.describe("The customer"),
        ref: Ref.describe("Its record that matches best"),
        confidence: z.number().min(0).max(1),
        reasons: z.array(IdentityReason),
      }),
    )
    .describe("Best match first"),
});
export type CheckResult = z.infer<typeof CheckResult>;
