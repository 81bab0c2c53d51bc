import type { PanelPlace } from "@sidelight/panel/index.ts";

const page: PanelPlace = {
  order: ["health", "account", "support", "product", "timeline", "notes"],
  hasEditor: false,
  isCompany: false,
  rowsOfPage: [],
};

/** The locations of the manifest. */
export const places = {
  ticket_sidebar: { ...page, hasEditor: true },
  new_ticket_sidebar: { ...page, hasEditor: true },
  user_sidebar: page,
  organization_sidebar: { ...page, isCompany: true },
} as const satisfies Record<string, PanelPlace>;
export type Location = keyof typeof places;

/** An unknown location is treated as a ticket. */
export const locationFrom = (text: string): Location => (Object.hasOwn(places, text) ? (text as Location) : "ticket_sidebar");
