import type { Context } from "@sidelight/contracts/context/context.ts";
import { createScope, joinNames } from "./scope.ts";
import { toPanel } from "./toPanel.ts";
import type { PluralKey, Translator } from "./translate.ts";
import type { Absent, PanelOptions, PanelView, SectionView } from "./view.ts";

/** One text that a person reads, by a stable key: `support`, `support/fact/open_tickets`, `account/row/owner`, `support/tickets/5158`. */
interface Part {
  key: string;
  /** The list of an entry, or the kind of part. */
  group: string;
  /** Its name in an announcement; "" for none, null for an entry of a list. */
  label: string | null;
  /** What a person reads; null where no value is known. */
  text: string | null;
  view: { changed?: boolean };
}

/**
 * The keys of the parts that a person reads differently in the later of two answers about one customer. Both are formatted with
 * the same clock and language, so ages alone are no change. A value that appears for the first time, or that cannot be shown any
 * longer, is no change either.
 */
export function changedParts(previous: Context, next: Context, options: PanelOptions): Set<string> {
  return compare(partsOf(toPanel(previous, options)), partsOf(toPanel(next, options)));
}

/** A copy of the view with marks at the parts with these keys. */
export function withMarks(view: PanelView, keys: ReadonlySet<string>): PanelView {
  if (keys.size === 0) return view;
  const copy: PanelView = JSON.parse(JSON.stringify(view));
  for (const part of partsOf(copy)) if (keys.has(part.key)) part.view.changed = true;
  return copy;
}

/** "Support updated: 1 new ticket", or "" when no change is worth an announcement. */
export function changeNews(previous: Context, next: Context, options: PanelOptions): string {
  const view = toPanel(next, options);
  const [previousParts, parts] = [partsOf(toPanel(previous, options)), partsOf(view)];
  const keys = compare(previousParts, parts);
  const { t } = createScope(null, options);
  const changedSections = view.sections.filter(({ name }) => keys.has(name));
  // Health and the timeline follow from the other sections, so beside those they are no news.
  const causes = changedSections.filter(({ name }) => name !== "health" && name !== "timeline");
  const sections = causes.length > 0 ? causes : changedSections;
  const titles = list(sections.map(({ title }) => title));
  const details = parts.filter(({ key }) => key.startsWith(`${sections[0]?.name}/`) && keys.has(key));
  const summary = sections.length === 1 ? list(describe(t, details, previousParts)) : "";
  if (summary) return t("announce.updated", { section: titles, what: summary });
  return titles && t("announce.updated_many", { names: titles });

  function list(names: string[]): string {
    return joinNames(names, options.locale);
  }
}

const maxLabels = 3;

/** New entries by their number, else the names of what changed. */
function describe(t: Translator, parts: Part[], previousParts: Part[]): string[] {
  const previousKeys = keysOf(previousParts);
  const counts = countByGroup(parts.filter(({ key, label }) => label === null && !previousKeys.has(key)));
  if (counts.size > 0) return [...counts].map(([group, count]) => t.plural(`change.new.${group}` as PluralKey, count));
  return [...new Set(parts.flatMap(({ label }) => label || []))].slice(0, maxLabels);
}

function compare(previousParts: Part[], parts: Part[]): Set<string> {
  const previousTexts = new Map(previousParts.map(({ key, text }) => [key, text]));
  const movedUp = entriesMovedUp(previousParts, parts);
  const keys = new Set<string>();
  for (const { key, text } of parts) {
    const [section = ""] = key.split("/", 1);
    const previousText = previousTexts.get(key);
    const wasReadable = previousTexts.get(section) === "" && previousText !== null;
    if (!wasReadable || text === null || previousText === text || movedUp.has(key)) continue;
    keys.add(key).add(section);
  }
  return keys;
}

/** Entries at the end of a list that only fill the gap of entries that left it. */
function entriesMovedUp(previousParts: Part[], parts: Part[]): Set<string> {
  const [previousKeys, keys] = [keysOf(previousParts), keysOf(parts)];
  const gaps = countByGroup(previousParts.filter(({ key, label }) => label === null && !keys.has(key)));
  const movedUp = new Set<string>();
  for (const { key, group } of [...parts].reverse()) {
    const count = previousKeys.has(key) ? 0 : (gaps.get(group) ?? 0);
    if (count > 0) movedUp.add(key);
    gaps.set(group, count - 1);
  }
  return movedUp;
}

function countByGroup(parts: Part[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { group } of parts) counts.set(group, (counts.get(group) ?? 0) + 1);
  return counts;
}

const keysOf = (parts: Part[]): Set<string> => new Set(parts.map(({ key }) => key));

function partsOf({ facts, sections }: PanelView): Part[] {
  return [
    ...facts.map((fact) => part(`${fact.section}/fact`, fact.key, fact.label, readText(fact, fact.detail), fact)),
    ...sections.flatMap(partsOfSection),
  ];
}

function partsOfSection(section: SectionView): Part[] {
  const { name, headline, rows, score, sparkline, meters, steps, lists } = section;
  const isReadable = section.state === "empty" || rows.length + lists.length > 0 || score !== null || sparkline !== null;
  return [
    { key: name, group: "", label: "", text: isReadable ? "" : null, view: section },
    ...rows.map((row) => part(`${name}/row`, row.key, row.label, readText(row), row)),
    ...(score ? [part(name, "score", headline, headline, score)] : []),
    ...(sparkline && !score ? [part(name, "sparkline", headline, headline + sparkline.text, sparkline)] : []),
    ...(meters ? [part(name, "meters", meters.title, meters.items.map(({ label, text }) => label + text).join(), meters)] : []),
    ...(steps ? [part(name, "steps", steps.title, JSON.stringify(steps), steps)] : []),
    ...lists.flatMap(({ key, items }) =>
      items.map((item) => {
        const text = [item.title, item.detail, item.tag?.text, item.whenExact].join();
        return part(`${name}/${key}`, item.key, null, text, item);
      }),
    ),
  ];
}

function part(path: string, key: string, label: string | null, text: string | null, view: Part["view"]): Part {
  return { key: `${path}/${key}`, group: path.slice(path.indexOf("/") + 1), label, text, view };
}

/** Values shown as an age, which changes all the time. What caused the change is marked elsewhere. */
const ages: ReadonlySet<string> = new Set(["last_active", "oldest"]);
const knownAbsences: ReadonlySet<Absent | null> = new Set(["none_set", "not_mapped", "empty"] as const);

function readText({ key, text, absent }: { key: string; text: string; absent: Absent | null }, detail = ""): string | null {
  if (absent === null) return ages.has(key) ? detail : text + detail;
  return knownAbsences.has(absent) ? text : null;
}
