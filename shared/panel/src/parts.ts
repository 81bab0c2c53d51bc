import type { SectionName, SectionState } from "@sidelight/contracts/context/sections.ts";
import { agoText, daysUntil, isDay } from "./format.ts";
import { instant } from "./freshness.ts";
import { type AnySection, type Scope, safeLink, sourceName } from "./scope.ts";
import type { Absent, ItemView, LinkView, SectionView, Tone } from "./view.ts";

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

export function absentText({ t }: Scope, absent: Absent, noneText?: string): string {
  return absent === "none_set" && noneText !== undefined ? noneText : t(`absent.${absent}`);
}

export function absentTone(absent: Absent | null): Tone {
  return absent === "could_not_load" ? "warning" : "muted";
}

/** An age in words and the exact time, or the day of what has no time; "" for anything else. */
export function whenOf(scope: Scope, timestamp: string): Pick<ItemView, "when" | "whenExact"> {
  const { t, f, now } = scope;
  if (isDay(timestamp)) return whenOfDay(scope, timestamp);
  const ms = instant(timestamp);
  return ms === null ? { when: "", whenExact: "" } : { when: agoText(t, now - ms), whenExact: f.exact(timestamp) };
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
  if (texts.length === 1) return String(texts[0]);
  return t.keepDirection(texts.map((text) => t.isolate(String(text))).join(" · "));
}

export const sectionNames: readonly SectionName[] = ["account", "support", "product", "health", "timeline", "notes"];
