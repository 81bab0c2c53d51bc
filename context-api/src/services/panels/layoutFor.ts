import { defaultThresholds } from "@sidelight/contracts/sessions/defaultThresholds.ts";
import {
  type FieldKey,
  isFieldKey,
  type Layout,
  type LayoutField,
  type LayoutThresholds,
  type PanelPlaceName,
} from "@sidelight/contracts/sessions/layout.ts";
import type { LayoutRule } from "../../config/panelLayout.ts";
import { type MappedField, mappedFieldsOf } from "../../context/mappedFields.ts";
import { isCardShown, isShown } from "../../context/sectionRights.ts";
import type { Actor } from "../actor.ts";
import { cardDefinitions } from "../cards/cardDefinitions.ts";
import { localizedText } from "../localizedText.ts";
import type { ServiceContext } from "../service.ts";

export interface LayoutInput {
  place?: PanelPlaceName | undefined;
  /** As the platform names it, several separated by `|`. It changes what is shown first, never what may be seen. */
  team?: string | undefined;
  /** BCP 47. */
  locale?: string | undefined;
}

/** What the rules that match have set, before rights are applied. */
type RuledLayout = Pick<LayoutRule, "sections" | "facts" | "rows" | "labels"> & { thresholds: LayoutThresholds };

/** What a panel shows to a caller: the rules of the configuration that match the role, the place and the team, in their order. */
export function layoutFor({ served, actor }: Pick<ServiceContext, "served" | "actor">, input: LayoutInput): Layout {
  const { tenant } = served;
  const { config, configVersion } = tenant;
  const { sections, facts, rows, labels, thresholds } = ruledLayout(config.panel.layouts, actor, input);
  const textOf = (texts: Readonly<Record<string, string>>): string => localizedText(texts, input.locale ?? "en");
  const cards = cardDefinitions(tenant).filter(({ key }) => isCardShown(actor.rights, key));
  const names = sections?.flatMap((name) => (name === "cards" ? cardsBeside(sections, cards) : [name])) ?? null;
  const cardKeys = new Set(cards.map(({ key }) => key));
  const shownNames = names?.filter((name) => cardKeys.has(name) || isShown(actor.rights, name)) ?? null;
  const fields = mappedFieldsOf(tenant);
  const shownFields = [...new Set([...(facts ?? []).filter(isFieldKey), ...(rows ?? [])])];
  return {
    config: configVersion,
    sections: shownNames,
    facts: facts ?? null,
    rows: rows ?? [],
    fields: shownFields.flatMap((key) => layoutField(key, fields, labels, textOf)),
    cards: cards
      .filter(({ key }) => !shownNames || shownNames.includes(key))
      .map(({ key, title }) => ({ key, title: textOf(title) })),
    labels: Object.fromEntries(Object.entries(labels).map(([name, texts]) => [name, textOf(texts)])),
    thresholds,
  };
}

function ruledLayout(rules: readonly LayoutRule[], actor: Actor, input: LayoutInput): RuledLayout {
  const layout: RuledLayout = { labels: {}, thresholds: { ...defaultThresholds } };
  for (const { sections, facts, rows, labels, thresholds } of rules.filter((rule) => matches(rule, actor, input))) {
    if (sections) layout.sections = sections;
    if (facts) layout.facts = facts;
    if (rows) layout.rows = rows;
    Object.assign(layout.labels, labels);
    Object.assign(layout.thresholds, thresholds);
  }
  return layout;
}

function matches({ when }: LayoutRule, { role }: Actor, { place, team }: LayoutInput): boolean {
  if (when.role && !when.role.includes(role)) return false;
  if (when.place && !(place && when.place.includes(place))) return false;
  const teams = team?.split("|").map((name) => name.trim()) ?? [];
  return !when.team || when.team.some((name) => teams.includes(name));
}

/** All cards that the layout does not name by their keys. */
const cardsBeside = (sections: readonly string[], cards: readonly { key: string }[]): string[] =>
  cards.map(({ key }) => key).filter((key) => !sections.includes(key));

function layoutField(
  key: FieldKey,
  fields: ReadonlyMap<string, MappedField>,
  labels: RuledLayout["labels"],
  textOf: (texts: Readonly<Record<string, string>>) => string,
): LayoutField[] {
  const field = fields.get(key);
  if (!field) return [];
  const { name, section, type } = field;
  return [{ key, section, type, label: labels[key] ? textOf(labels[key]) : wordsOf(name) }];
}

/** `supportTier` as "Support tier". */
function wordsOf(name: string): string {
  const words = name.replace(/([a-z0-9])([A-Z])/g, (_, end: string, start: string) => `${end} ${start.toLowerCase()}`);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}
