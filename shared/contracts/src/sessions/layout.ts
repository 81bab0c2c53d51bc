import { z } from "zod";

/** Facts at the top of a panel. */
export const factKeys = ["arr", "renewal", "stage", "open_tickets", "csat", "last_active", "sessions"] as const;
export const FactKey = z.enum(factKeys, `not a fact. Use some of ${factKeys.join(", ")}`);
export type FactKey = z.infer<typeof FactKey>;

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

/** What a panel shows, for one role, team and place. */
export const Layout = z.object({
  config: z.string().describe("Version of the configuration, as contexts name it. Load the layout again when it changes"),
  sections: z
    .array(z.string())
    .nullable()
    .describe("Sections and keys of cards, in order; no others are shown. Null: the panel's own order, then all cards"),
  facts: z.array(FactKey).nullable().describe("Facts in order, at most six. Null: the panel's own"),
  labels: z.record(z.string(), z.string()).describe("Labels by fact or section, in the reader's language"),
  thresholds: LayoutThresholds,
});
export type Layout = z.infer<typeof Layout>;
