import type { SectionName, SectionState } from "@sidelight/contracts/context/sections.ts";
import { absence, isMasked } from "./absent.ts";
import { agoText, daysUntil, isDay, remainingText } from "./format.ts";
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
    | "otherDrivers"
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

/** A value that is computed, without an origin of its own. */
export const plainRow = (key: string, label: string, text: string): RowView => ({
  key,
  label,
  text,
  tone: "neutral",
  absent: null,
  masked: false,
  link: null,
  provenance: null,
});

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
    olderText: "",
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
export function whenOf(scope: Scope, timestamp: string): Pick<ItemView, "when" | "whenExact"> {
  const { t, f, now } = scope;
  if (isDay(timestamp)) return whenOfDay(scope, timestamp);
  const ms = instant(timestamp);
  return ms === null ? { when: "", whenExact: "" } : { when: agoText(t, now - ms), whenExact: f.exact(timestamp) };
}

/** The same of what is planned: "in 3 h". What has just begun is "just now". */
export function whenPlanned(scope: Scope, timestamp: string): Pick<ItemView, "when" | "whenExact"> {
  const ms = instant(timestamp);
  const remainingMs = ms === null ? 0 : ms - scope.now;
  const past = whenOf(scope, timestamp);
  if (isDay(timestamp) || remainingMs <= 0) return past;
  return { ...past, when: scope.t("age.in", { age: remainingText(scope.t, remainingMs) }) };
}

function whenOfDay({ t, f, now, options }: Scope, day: string): Pick<ItemView, "when" | "whenExact"> {
  const days = daysUntil(day, now, options.timeZone);
  const text = f.day(day);
  const word = days === 0 ? t("age.today") : days === -1 ? t("age.yesterday") : days === 1 ? t("age.tomorrow") : text;
  return { when: word, whenExact: text };
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
export function joined({ t }: Scope, parts: readonly (string | null | undefined)[]): string {
  const texts = parts.filter((part) => part !== null && part !== undefined && part !== "");
  return texts.length === 1 ? String(texts[0]) : texts.map((text) => t.isolate(String(text))).join(" · ");
}

export const sectionNames: readonly SectionName[] = ["account", "support", "product", "health", "timeline", "notes"];
