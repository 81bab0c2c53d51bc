import type { Context } from "../context/context.ts";
import { createScope, joinNames } from "./scope.ts";
import { toPanel } from "./to-panel.ts";
import type { PluralKey, Translator } from "./translate.ts";
import type { Absent, PanelOptions, PanelView, SectionView } from "./view.ts";

/** One thing that a person reads, by a stable key: `support`, `support/fact/open_tickets`, `account/row/owner`, `support/tickets/5158`. */
interface Part {
  key: string;
  /** Of the section, or of the list for an entry of one. */
  of: string;
  isEntry: boolean;
  /** What it is called, or "". */
  label: string;
  /** What stands there; null where no value is known. */
  text: string | null;
  view: { changed?: boolean };
}

/**
 * The keys of what a person would read differently in the later of two answers about one customer.
 *
 * Both are looked at now and in one language, so that nothing differs by its age alone. What becomes known for the first time, or
 * can't be shown any longer, has not changed.
 */
export function changedParts(previous: Context, next: Context, options: PanelOptions): Set<string> {
  return compare(partsOf(toPanel(previous, options)), partsOf(toPanel(next, options)));
}

/** The view with everything marked that has changed. */
export function withMarks(view: PanelView, changed: ReadonlySet<string>): PanelView {
  if (changed.size === 0) return view;
  const marked: PanelView = JSON.parse(JSON.stringify(view));
  for (const part of partsOf(marked)) if (changed.has(part.key)) part.view.changed = true;
  return marked;
}

/** "Support updated: 1 new ticket", or "" when nothing has changed that is worth a word. */
export function changeNews(previous: Context, next: Context, options: PanelOptions): string {
  const after = toPanel(next, options);
  const [then, now] = [partsOf(toPanel(previous, options)), partsOf(after)];
  const changed = compare(then, now);
  const { t } = createScope(null, options);
  const all = after.sections.filter(({ name }) => changed.has(name));
  // Health and the timeline follow from the others: alone they are news, beside those they only repeat them.
  const own = all.filter(({ name }) => name !== "health" && name !== "timeline");
  const [first, ...more] = own.length > 0 ? own : all;
  if (!first) return "";
  const list = (names: string[]): string => joinNames(names, options.locale);
  if (more.length > 0) return t("announce.updated_many", { names: list([first, ...more].map(({ title }) => title)) });
  const parts = now.filter(({ key }) => key.startsWith(`${first.name}/`) && changed.has(key));
  const known = new Set(then.map(({ key }) => key));
  return t("announce.updated", { section: first.title, what: list(whatChanged(t, parts, known)) });
}

const mostLabels = 3;

/** What is new comes first; else what it is that changed; else how many entries did. */
function whatChanged(t: Translator, parts: Part[], known: ReadonlySet<string>): string[] {
  const entries = parts.filter(({ isEntry }) => isEntry);
  const fresh = new Map<string, number>();
  for (const { key, of } of entries) if (!known.has(key)) fresh.set(of, (fresh.get(of) ?? 0) + 1);
  if (fresh.size > 0) return [...fresh].map(([of, count]) => t.plural(`change.new.${of}` as PluralKey, count));
  const labels = (isFact: boolean) => parts.flatMap(({ of, label }) => (label && (of === "fact") === isFact ? [label] : []));
  const values = labels(false);
  if (values.length > 0) return values.slice(0, mostLabels);
  // A page that shows the value itself leaves it to the facts.
  return entries.length > 0 ? [t.plural("change.entries", entries.length)] : labels(true);
}

function compare(then: Part[], now: Part[]): Set<string> {
  const was = new Map(then.map(({ key, text }) => [key, text]));
  const pushed = movedUp(then, now);
  const changed = new Set<string>();
  for (const { key, text } of now) {
    const name = key.split("/", 1)[0]!;
    const before = was.get(key);
    if (was.get(name) !== "" || text === null || before === null || before === text || pushed.has(key)) continue;
    changed.add(key).add(name);
  }
  return changed;
}

/** Entries at the end of a list that only took the place of others which left it. */
function movedUp(then: Part[], now: Part[]): Set<string> {
  const known = new Set(then.map(({ key }) => key));
  const kept = new Set(now.map(({ key }) => key));
  const left = new Map<string, number>();
  for (const { key, of, isEntry } of then) if (isEntry && !kept.has(key)) left.set(of, (left.get(of) ?? 0) + 1);
  const moved = new Set<string>();
  for (const { key, of } of [...now].reverse()) {
    const free = left.get(of) ?? 0;
    if (free > 0 && !known.has(key)) moved.add(key);
    left.set(of, known.has(key) ? 0 : free - 1);
  }
  return moved;
}

function partsOf({ facts, sections }: PanelView): Part[] {
  const ofFacts = facts.map((fact) => part(`${fact.section}/fact`, fact.key, fact.label, reading(fact, fact.detail), fact));
  return [...sections.flatMap(partsOfSection), ...ofFacts];
}

function partsOfSection(section: SectionView): Part[] {
  const { name, headline, rows, score, meters, steps, lists } = section;
  const isReadable = section.state === "empty" || rows.length + lists.length > 0 || score !== null;
  return [
    { key: name, of: "", isEntry: false, label: "", text: isReadable ? "" : null, view: section },
    ...rows.map((row) => part(`${name}/row`, row.key, row.label, reading(row), row)),
    ...(score ? [part(name, "score", headline, score.text + score.band, score)] : []),
    ...(meters ? [part(name, "meters", meters.title, meters.items.map(({ label, text }) => label + text).join(), meters)] : []),
    ...(steps ? [part(name, "steps", steps.title, steps.items.map(({ label, done }) => label + done).join(), steps)] : []),
    ...lists.flatMap(({ key, items }) =>
      items.map((item) => {
        const text = [item.title, item.detail, item.tag?.text, item.whenExact].join();
        return { ...part(`${name}/${key}`, item.key, "", text, item), isEntry: true };
      }),
    ),
  ];
}

function part(path: string, key: string, label: string, text: string | null, view: Part["view"]): Part {
  return { key: `${path}/${key}`, of: path.slice(path.indexOf("/") + 1), isEntry: false, label, text, view };
}

/** Their value is an instant, shown as an age: it moves all the time, and what moved it is marked elsewhere. */
const ages: ReadonlySet<string> = new Set(["last_active", "lastActive", "oldest"]);
const knownAbsences: ReadonlySet<Absent | null> = new Set(["none_set", "not_mapped", "empty"] as const);

function reading({ key, text, absent }: { key: string; text: string; absent: Absent | null }, detail = ""): string | null {
  if (absent === null) return ages.has(key) ? detail : text + detail;
  return knownAbsences.has(absent) ? text : null;
}
