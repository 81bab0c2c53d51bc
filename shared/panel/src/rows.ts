import { absence, isMasked } from "./absent.ts";
import { isDay, remainingText } from "./format.ts";
import { instant } from "./freshness.ts";
import { absentText, absentTone, type Source, whenOf } from "./parts.ts";
import { provenanceFor } from "./provenance.ts";
import { type Scope, safeLink } from "./scope.ts";
import type { ItemView, ListView, RowView, Tone } from "./view.ts";

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
    work: "",
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

/** The same of what is planned: "in 3 h". What has just begun is "just now". */
export function whenPlanned(scope: Scope, timestamp: string): Pick<ItemView, "when" | "whenExact"> {
  const ms = instant(timestamp);
  const remainingMs = ms === null ? 0 : ms - scope.now;
  const past = whenOf(scope, timestamp);
  if (isDay(timestamp) || remainingMs <= 0) return past;
  return { ...past, when: scope.t("age.in", { age: remainingText(scope.t, remainingMs) }) };
}
