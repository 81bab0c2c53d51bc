import { defaultThresholds } from "@sidelight/contracts/sessions/defaultThresholds.ts";
import type { FactKey, LayoutFact } from "@sidelight/contracts/sessions/layout.ts";
import type { PanelLayout, PanelOptions } from "./options.ts";

const maxFacts = 6;
const ownFacts: readonly FactKey[] = ["arr", "renewal", "stage", "open_tickets", "csat", "last_active"];

export const thresholdsOf = ({ layout }: PanelOptions): PanelLayout["thresholds"] => layout?.thresholds ?? defaultThresholds;

/** The facts in order: the configured ones, or the panel's own, where what the page itself shows gives way to the sessions. */
export function factKeysOf({ layout, place }: PanelOptions): readonly LayoutFact[] {
  if (layout?.facts) return layout.facts.slice(0, maxFacts);
  return place.rowsOfPage.includes("stage") ? ownFacts.map((key) => (key === "stage" ? "sessions" : key)) : ownFacts;
}

/** The configured label of a fact or section, or the panel's own. */
export const labelOf = ({ layout }: PanelOptions, key: string, label: string): string =>
  (layout && Object.hasOwn(layout.labels, key) ? layout.labels[key] : undefined) ?? label;

/** Names of sections and keys of cards in the order of the page; `otherNames` follow the standard sections where none are configured. */
export const sectionNamesOf = ({ layout, place }: PanelOptions, otherNames: readonly string[]): readonly string[] =>
  layout?.sections ?? [...place.order, ...otherNames];
