import type { Layout, LayoutThresholds, PanelPlaceName } from "@sidelight/contracts/sessions/layout.ts";
import type { LayoutRule } from "../../config/panelLayout.ts";
import { isShown } from "../../context/sectionRights.ts";
import type { Actor } from "../actor.ts";
import { localizedText } from "../localizedText.ts";
import { defineService, type ServiceContext } from "../service.ts";

export interface LayoutInput {
  place?: PanelPlaceName | undefined;
  /** As the platform names it. It changes what is shown first, never what may be seen. */
  team?: readonly string[] | undefined;
  /** BCP 47. */
  locale?: string | undefined;
}

const defaultThresholds: LayoutThresholds = { renewalSoonDays: 60, lowSatisfaction: 0.7, oldTicketHours: 72 };

/** What a panel shows to this caller: the rules of the configuration that match the role, the place and the team, in their order. */
export const getLayout = defineService("session", ({ served, actor }: ServiceContext, input: LayoutInput): Promise<Layout> => {
  const { config, configVersion } = served.tenant;
  const layout: Layout = { config: configVersion, sections: null, facts: null, labels: {}, thresholds: { ...defaultThresholds } };
  for (const { sections, facts, labels, thresholds } of config.panel.layouts.filter((rule) => matches(rule, actor, input))) {
    if (sections) layout.sections = sections.filter((name) => isShown(actor.rights, name));
    if (facts) layout.facts = facts;
    for (const [name, texts] of Object.entries(labels)) layout.labels[name] = localizedText(texts, input.locale ?? "en");
    Object.assign(layout.thresholds, thresholds);
  }
  return Promise.resolve(layout);
});

function matches({ when }: LayoutRule, { role }: Actor, { place, team = [] }: LayoutInput): boolean {
  if (when.role && !when.role.includes(role)) return false;
  if (when.place && !(place && when.place.includes(place))) return false;
  return !when.team || when.team.some((name) => team.includes(name));
}
