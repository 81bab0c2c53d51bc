import type { SectionName, SectionState } from "@sidelight/contracts/context/sections.ts";
import { absence, isMasked } from "./absent.ts";
import { agoText } from "./format.ts";
import { instant } from "./freshness.ts";
import { provenanceFor } from "./provenance.ts";
import { type AnySection, type Scope, safeLink, sourceName } from "./scope.ts";
import type { Absent, ItemView, LinkView, ListView, RowView, SectionView, Tone } from "./view.ts";

/** One section on its way to becoming a view. */
export interface Source<S extends AnySection = AnySection> {
  section: S;
  state: SectionState;
}

/** What a section's own builder adds to the frame that all sections share. */
export type Body = Partial<
  Pick<
    SectionView,
    | "headline"
    | "headlineTone"
    | "score"
    | "drivers"
    | "driversTitle"
    | "missing"
    | "rows"
    | "sparkline"
    | "meters"
    | "steps"
    | "lists"
    | "gaps"
    | "filters"
  >
>;

interface RowInput<T> {
  key: string;
  label: string;
  /** JSON pointer into the section's data. */
  pointer: string;
  value: T | null | undefined;
  text: (value: T) => string;
  tone?: Tone;
  link?: string | null;
  /** Words for `none_set` that fit this value better. */
  none?: string;
}

export function row<T>(scope: Scope, source: Source, input: RowInput<T>): RowView {
  const absent = absence(source.section, source.state, input.pointer, input.value);
  const present = absent === null && input.value !== null && input.value !== undefined;
  return {
    key: input.key,
    label: input.label,
    text: present ? input.text(input.value as T) : absentText(scope, absent ?? "none_set", input.none),
    tone: present ? (input.tone ?? "neutral") : absentTone(absent),
    absent: present ? null : (absent ?? "none_set"),
    masked: present && isMasked(source.section, input.pointer),
    link: present ? safeLink(input.link) : null,
    provenance: provenanceFor(scope, source.section, input.pointer),
  };
}

export function absentText({ t }: Scope, absent: Absent, none?: string): string {
  return absent === "none_set" && none !== undefined ? none : t(`absent.${absent}`);
}

export function absentTone(absent: Absent | null): Tone {
  return absent === "could_not_load" ? "warning" : "muted";
}

export function list(scope: Scope, key: string, title: string, items: ItemView[], emptyText: string, visible = 5): ListView {
  const hidden = items.length - visible;
  return {
    key,
    title,
    items: withOwnKeys(items),
    emptyText,
    visible,
    moreText: hidden > 0 ? scope.t.plural("list.more", hidden) : "",
    lessText: hidden > 0 ? scope.t("list.less") : "",
  };
}

/** An entry keeps its key wherever it moves; only one that repeats another's gets a number. */
function withOwnKeys(items: ItemView[]): ItemView[] {
  const seen = new Map<string, number>();
  return items.map((entry) => {
    const times = seen.get(entry.key) ?? 0;
    seen.set(entry.key, times + 1);
    return times === 0 ? entry : { ...entry, key: `${entry.key}:${times}` };
  });
}

export function item(fields: Pick<ItemView, "key" | "title"> & Partial<ItemView>): ItemView {
  return {
    detail: "",
    tag: null,
    when: "",
    whenExact: "",
    source: "",
    sourceName: "",
    highlighted: false,
    provenance: null,
    ...fields,
    link: safeLink(fields.link),
  };
}

/** When something happened, in words and exactly; nothing for an instant that can't be read. */
export function whenOf({ t, f, now }: Scope, at: string): Pick<ItemView, "when" | "whenExact"> {
  const ms = instant(at);
  return ms === null ? { when: "", whenExact: "" } : { when: agoText(t, now - ms), whenExact: f.exact(at) };
}

/** The section's links, named by what they open and where: "Account in Salesforce". */
export function linksOf({ t }: Scope, section: AnySection): LinkView[] {
  const links = Array.isArray(section.links) ? section.links : [];
  const source = section.source === null ? "" : sourceName(t, section.source);
  return links.flatMap(({ label, url }, index) => {
    const safe = safeLink(url);
    return safe ? [{ key: `${index}:${safe}`, label: source ? t("link.in_source", { label, source }) : label, url: safe }] : [];
  });
}

/** Joins what there is with a middle dot. */
export function joined(parts: readonly (string | null | undefined)[]): string {
  return parts.filter((part) => part !== null && part !== undefined && part !== "").join(" · ");
}

export const sectionNames: readonly SectionName[] = ["account", "support", "product", "health", "timeline", "notes"];
