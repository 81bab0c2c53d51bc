import type { SectionName, SectionState } from "@sidelight/contracts/context/sections.ts";
import { absence, isMasked } from "./absent.ts";
import { agoText, daysUntil, isDay } from "./format.ts";
import { instant } from "./freshness.ts";
import { provenanceFor } from "./provenance.ts";
import { type AnySection, type Scope, safeLink, sourceName } from "./scope.ts";
import type { Absent, ItemView, LinkView, ListView, RowView, SectionView, Tone } from "./view.ts";

/** A section and its state as of now. */
export interface Source<S extends AnySection = AnySection> {
  section: S;
  state: SectionState;
}

/** What the builder of one section adds to what all sections share. */
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
  /** A text for `none_set` where the general one does not fit. */
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

export function absentText({ t }: Scope, absent: Absent, noneText?: string): string {
  return absent === "none_set" && noneText !== undefined ? noneText : t(`absent.${absent}`);
}

export function absentTone(absent: Absent | null): Tone {
  return absent === "could_not_load" ? "warning" : "muted";
}

export function list(scope: Scope, key: string, title: string, items: ItemView[], emptyText: string, visible = 5): ListView {
  const hiddenCount = items.length - visible;
  return {
    key,
    title,
    items: withUniqueKeys(items),
    emptyText,
    visible,
    moreText: hiddenCount > 0 ? scope.t.plural("list.more", hiddenCount) : "",
    lessText: hiddenCount > 0 ? scope.t("list.less") : "",
  };
}

/** An entry keeps its key wherever it moves. A repeated key gets a number. */
function withUniqueKeys(items: ItemView[]): ItemView[] {
  const counts = new Map<string, number>();
  return items.map((entry) => {
    const count = counts.get(entry.key) ?? 0;
    counts.set(entry.key, count + 1);
    return count === 0 ? entry : { ...entry, key: `${entry.key}:${count}` };
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

/** An age in words and the exact time, or the day of what has no time; "" for anything else. */
export function whenOf({ t, f, now, options }: Scope, timestamp: string): Pick<ItemView, "when" | "whenExact"> {
  if (isDay(timestamp)) {
    const days = daysUntil(timestamp, now, options.timeZone);
    const text = f.day(timestamp);
    return { when: days === 0 ? t("age.today") : days === -1 ? t("age.yesterday") : text, whenExact: text };
  }
  const ms = instant(timestamp);
  return ms === null ? { when: "", whenExact: "" } : { when: agoText(t, now - ms), whenExact: f.exact(timestamp) };
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

/** Joins the parts that are not empty with a middle dot. */
export function joined(parts: readonly (string | null | undefined)[]): string {
  return parts.filter((part) => part !== null && part !== undefined && part !== "").join(" · ");
}

export const sectionNames: readonly SectionName[] = ["account", "support", "product", "health", "timeline", "notes"];
