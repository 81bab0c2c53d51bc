import { z } from "zod";
import { CardKey } from "../cards/card.ts";

/** Facts at the top of a panel. */
export const factKeys = ["arr", "renewal", "stage", "open_tickets", "csat", "last_active", "sessions"] as const;
export const FactKey = z.enum(factKeys, `not a fact. Use some of ${factKeys.join(", ")}`);
export type FactKey = z.infer<typeof FactKey>;

/** A mapped field of the tenant, by its name in `fields` of the configuration: `field:supportTier`. */
export type FieldKey = `field:${string}`;
export const FieldKey = z
  .string()
  .regex(/^field:[a-z][A-Za-z0-9]{0,39}$/, "not a mapped field. Write field: and its name in fields, as in field:supportTier")
  .describe("field: and the name of a mapped field") as unknown as z.ZodType<FieldKey, FieldKey>;

export const isFieldKey = (key: string): key is FieldKey => key.startsWith("field:");
export const fieldNameOf = (key: FieldKey): string => key.slice("field:".length);

/** What the top of a panel shows. */
export const LayoutFact = z.union(
  [FactKey, FieldKey],
  `not a fact. Use some of ${factKeys.join(", ")}, or a mapped field, as in field:supportTier`,
);
export type LayoutFact = z.infer<typeof LayoutFact>;

/** Where a panel is shown. */
export const panelPlaces = [
  "ticket_sidebar",
  "new_ticket_sidebar",
  "user_sidebar",
  "organization_sidebar",
  "account",
  "contact",
  "lead",
  "opportunity",
  "case",
] as const;
export const PanelPlaceName = z.enum(panelPlaces, `not a place. Use some of ${panelPlaces.join(", ")}`);
export type PanelPlaceName = z.infer<typeof PanelPlaceName>;

export const LayoutThresholds = z.object({
  renewalSoonDays: z.number().int().min(0).max(730).describe("A renewal within so many days is shown as a risk"),
  lowSatisfaction: z.number().min(0).max(1).describe("A satisfaction score below it is shown as a warning"),
  oldTicketHours: z.number().min(0).max(8_760).describe("An open ticket that is older is shown as a warning"),
});
export type LayoutThresholds = z.infer<typeof LayoutThresholds>;

/** A mapped field that a layout shows. */
export const LayoutField = z.object({
  key: FieldKey.describe("Its name in facts and rows"),
  label: z.string().describe("Label in the reader's language, or the field's name in words"),
  section: z
    .string()
    .describe("The section that has the value, in `fields` of its data: that of the platform that owns the field"),
  type: z.enum(["text", "email", "phone", "number", "boolean", "date"]).describe("How the value is shown"),
});
export type LayoutField = z.infer<typeof LayoutField>;

/** What a panel shows, for one role, team and place. */
export const Layout = z.object({
  config: z.string().describe("Version of the configuration, as contexts name it. Load the layout again when it changes"),
  sections: z
    .array(z.string())
    .nullable()
    .describe("Sections and keys of cards, in order; no others are shown. Null: the panel's own order, then the cards"),
  facts: z.array(LayoutFact).nullable().describe("Facts and mapped fields in order, at most six. Null: the panel's own"),
  rows: z.array(FieldKey).describe("Mapped fields that are rows of their sections, in order"),
  fields: z.array(LayoutField).describe("The mapped fields of facts and rows"),
  cards: z
    .array(
      z.object({
        key: CardKey.describe("Name of the card in the configuration"),
        title: z.string().describe("Title in the reader's language"),
      }),
    )
    .describe("The cards that the layout shows, to be read with POST /v1/cards"),
  labels: z.record(z.string(), z.string()).describe("Labels by fact or section, in the reader's language"),
  thresholds: LayoutThresholds,
});
export type Layout = z.infer<typeof Layout>;
