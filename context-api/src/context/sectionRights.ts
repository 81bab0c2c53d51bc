import type { AccountData, AnySection, HealthData, TimelineData, TimelineItem } from "@sidelight/contracts/context/sections.ts";
import type { Rights } from "../security/roles.ts";
import type { Tenant } from "./tenant.ts";

type SectionTenant = Pick<Tenant, "sections" | "platforms">;

/** True for a section that a caller with these rights sees. */
export const isShown = ({ sections }: Pick<Rights, "sections">, name: string): boolean =>
  sections === null || sections.includes(name);

/** True for a card that a caller with these rights sees: the rights name it, or all cards together. */
export const isCardShown = (rights: Pick<Rights, "sections">, key: string): boolean =>
  isShown(rights, "cards") || isShown(rights, key);

/**
 * The section as a caller with these rights may see it: without any value when it is hidden, and without what it took from sections
 * that are hidden.
 */
export function withSectionRights(name: string, section: AnySection, rights: Rights, tenant: SectionTenant): AnySection {
  if (rights.sections === null) return section;
  if (!isShown(rights, name)) return forbidden(section);
  if (section.data === null) return section;
  switch (name) {
    case "account":
      return withoutRollup(section, rights);
    case "health":
      return withoutDrivers(section, rights);
    case "timeline":
      return withoutItems(section, rights, tenant);
    default:
      return section;
  }
}

/** True for an item of the timeline whose platform fills no hidden section. */
export const isItemShown = ({ source }: Pick<TimelineItem, "source">, rights: Rights, { platforms }: SectionTenant): boolean => {
  const section = platforms.get(source)?.section ?? null;
  return section === null || isShown(rights, section);
};

const forbidden = ({ source }: AnySection): AnySection => ({
  source,
  state: "forbidden",
  ...{ changedAt: null, observedAt: null, freshUntil: null, staleAt: null },
  ...{ data: null, provenance: {}, absent: {}, masked: [], links: [], problem: null },
});

/** Totals of subsidiaries count tickets and sessions too. */
function withoutRollup(section: AnySection, rights: Rights): AnySection {
  const data = section.data as AccountData;
  return data.rollup && !(isShown(rights, "support") && isShown(rights, "product"))
    ? { ...section, data: { ...data, rollup: null } }
    : section;
}

/** A driver links the section that it was computed from: `#support`. */
function withoutDrivers(section: AnySection, rights: Rights): AnySection {
  const data = section.data as HealthData;
  const drivers = data.drivers.filter(({ link }) => isShown(rights, link.slice(1)));
  return drivers.length === data.drivers.length ? section : { ...section, provenance: {}, data: { ...data, drivers } };
}

function withoutItems(section: AnySection, rights: Rights, tenant: SectionTenant): AnySection {
  const data = section.data as TimelineData;
  return { ...section, data: { ...data, items: data.items.filter((item) => isItemShown(item, rights, tenant)) } };
}
