import type { Card } from "@sidelight/contracts/cards/card.ts";
import type { Context } from "@sidelight/contracts/context/context.ts";
import type { SectionName, SectionState, Sections } from "@sidelight/contracts/context/sections.ts";
import { withContainedDirections } from "./direction.ts";
import { createFormatter, type Formatter } from "./format.ts";
import { createTranslator, type Messages, type Translator } from "./translate.ts";
import type { PanelOptions, ProvenanceView, SectionView } from "./view.ts";

export type AnySection = NonNullable<Sections[SectionName]>;

/** What the first screen does without: the content of closed sections, cards, and where values come from. */
export interface Details {
  bodyOf(scope: Scope, name: SectionName, source: { section: AnySection; state: SectionState }): Partial<SectionView>;
  cardSection(scope: Scope, card: Card): Partial<SectionView>;
  provenanceFor(scope: Scope, section: AnySection | undefined, pointer: string): ProvenanceView | null;
}

/** What every builder of a view needs: the answer, the language and the clock. */
export interface Scope {
  context: Context | null;
  options: PanelOptions;
  now: number;
  t: Translator;
  f: Formatter;
  /** What the first screen does without; null until it is loaded. */
  details: Details | null;
}

const noMessages: Messages = {};

export function createScope(context: Context | null, options: PanelOptions, details: Details | null = null): Scope {
  const f = createFormatter(options.locale, options.timeZone, options.now);
  const t = createTranslator(options.locale, options.messages ?? noMessages, f.number);
  return { context: context && withContainedDirections(context), options, now: options.now, t, f, details };
}

export function sourceName(t: Translator, source: string | null): string {
  if (source === null) return t("source.sidelight");
  return t.maybe(`source.${source}`, source.charAt(0).toUpperCase() + source.slice(1));
}

/** "email_domain" → "email domain": readable where a key has no text. */
export function humanize(key: string): string {
  return key.replace(/[_.]+/g, " ").trim();
}

export function joinNames(names: readonly string[], locale: string): string {
  try {
    return new Intl.ListFormat(locale, { type: "conjunction" }).format(names);
  } catch {
    return names.join(", ");
  }
}

/** The URL if it is http(s), else null: a link in a record may be anything that a customer typed. */
export function safeLink(url: string | null | undefined): string | null {
  if (!url) return null;
  try {
    const { protocol } = new URL(url);
    return protocol === "https:" || protocol === "http:" ? url : null;
  } catch {
    return null;
  }
}

export function secondsUntil(deadline: number | null | undefined, now: number): number {
  return deadline ? Math.max(0, Math.ceil((deadline - now) / 1000)) : 0;
}

/** First letters of the first and the last word; "" for a name without letters. */
export function initialsOf(name: string): string {
  const words = name.split(/\s+/).map((word) => word.match(/\p{L}|\p{N}/u)?.[0] ?? "");
  const letters = words.filter((letter) => letter !== "");
  const first = letters[0] ?? "";
  const last = letters.length > 1 ? (letters[letters.length - 1] ?? "") : "";
  return (first + last).toUpperCase();
}
