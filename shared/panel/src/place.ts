import type { SectionName } from "@sidelight/contracts/context/sections.ts";
import type { Place } from "./view.ts";

const zendeskOrder: SectionName[] = ["health", "account", "support", "product", "timeline", "notes"];
/** A Salesforce page already shows the account, so what it does not show comes first. */
const salesforceOrder: SectionName[] = ["health", "support", "product", "account", "timeline", "notes"];

interface PlaceRules {
  order: readonly SectionName[];
  /** There is a ticket whose editor can take a summary. */
  insert: boolean;
  /** The place is about a company: nothing personal is shown, even where the server sent it. */
  company: boolean;
  /** Rows of the account section that the page around the panel already shows. */
  shownByPage: readonly string[];
}

const zendesk = (insert: boolean, company = false): PlaceRules => ({ order: zendeskOrder, insert, company, shownByPage: [] });
const salesforce = (shownByPage: readonly string[], company = false): PlaceRules => ({
  order: salesforceOrder,
  insert: false,
  company,
  shownByPage,
});

const rules: Record<Place, PlaceRules> = {
  ticket_sidebar: zendesk(true),
  new_ticket_sidebar: zendesk(true),
  user_sidebar: zendesk(false),
  organization_sidebar: zendesk(false, true),
  "salesforce.account": salesforce(["name", "owner", "parent"], true),
  "salesforce.contact": salesforce(["name"]),
  "salesforce.lead": salesforce([]),
  "salesforce.opportunity": salesforce(["name"], true),
  "salesforce.case": salesforce([]),
};

export function placeRules(place: Place): PlaceRules {
  return rules[place] ?? zendesk(false);
}

/** Salesforce ids come with 15 or 18 characters; the first 15 are the id. */
export function sameSalesforceId(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a.length >= 15 && a.slice(0, 15) === b.slice(0, 15);
}
