import { FieldKey, factKeys, LayoutFact, LayoutThresholds, PanelPlaceName } from "@sidelight/contracts/sessions/layout.ts";
import { z } from "zod";

const PersonRole = z.enum(["agent", "rep", "admin", "service"]);

/** One value or several. */
const oneOrMore = <T extends z.ZodType>(item: T) =>
  z.preprocess((value) => (typeof value === "string" ? [value] : value), z.array(item).min(1).max(50));

const language = z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, "not a language tag of BCP 47, as in de");
const LabelTexts = z
  .record(language, z.string().trim().min(1).max(60))
  .refine((texts) => "en" in texts, "has no label in English (en)");

const isDistinct = (values: readonly unknown[]): boolean => new Set(values).size === values.length;

const LayoutRule = z.strictObject({
  /** Whom and where it is for; everybody and everywhere when left out. All members must match. */
  when: z
    .strictObject({
      role: oneOrMore(PersonRole).optional(),
      place: oneOrMore(PanelPlaceName).optional(),
      /** Zendesk group or Salesforce profile, as the platform names it. */
      team: oneOrMore(z.string().trim().min(1).max(255)).optional(),
    })
    .prefault({}),
  sections: z.array(z.string()).min(1).max(50).refine(isDistinct, "names a section twice").optional(),
  facts: z.array(LayoutFact).min(1).max(6, "a panel has six facts at most").refine(isDistinct, "names a fact twice").optional(),
  /** Mapped fields that are rows of the section of their owner. */
  rows: z.array(FieldKey).min(1).max(20, "a layout adds 20 rows at most").refine(isDistinct, "names a row twice").optional(),
  labels: z.record(z.string(), LabelTexts).default({}),
  thresholds: LayoutThresholds.partial().strict().default({}),
});
export type LayoutRule = z.infer<typeof LayoutRule>;

/** What panels show. Of the rules that match, a later one replaces what an earlier one sets. */
export const PanelConfig = z.strictObject({ layouts: z.array(LayoutRule).max(100).default([]) }).prefault({});
export type PanelConfig = z.infer<typeof PanelConfig>;

export const labelFacts: readonly string[] = factKeys;
