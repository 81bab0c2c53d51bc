import type { Context } from "@sidelight/contracts/context/context.ts";
import { createScope, joinNames } from "./scope.ts";
import { toPanel } from "./to-panel.ts";
import type { PluralKey, Translator } from "./translate.ts";
import type { Absent, PanelOptions, PanelView, SectionView } from "./view.ts";

/** One thing that a person reads, by a stable key: `support`, `support/fact/open_tickets`, `account/row/owner`, `support/tickets/5158`. */
interface Part {
  key: string;
  /** The list that it is an entry of, or the kind of part. */
  of: string;
  /** What to call it, "" for what is said otherwise, null for an entry of a list. */
  label: string | null;
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
  const told = own.length > 0 ? own : all;
  const titles = list(told.map(({ title }) => title));
  const parts = now.filter(({ key }) => key.startsWith(`${told[0]?.name}/`) && changed.has(key));
  const what = told.length === 1 ? list(whatChanged(t, parts, then)) : "";
  if (what) return t("announce.updated", { section: titles, what });
  return titles && t("announce.updated_many", { names: titles });

  function list(names: string[]): string {
    return joinNames(names, options.locale);
  }
}

const mostLabels = 3;

/** What is new comes first, else the names of what changed. */
function whatChanged(t: Translator, parts: Part[], then: Part[]): string[] {
  const known = keysOf(then);
  const fresh = new Map<string, number>();
  for (const { key, of, label } of parts) if (label === null && !known.has(key)) fresh.set(of, (fresh.get(of) ?? 0) + 1);
  if (fresh.size > 0) return [...fresh].map(([of, count]) => t.plural(`change.new.${of}` as PluralKey, count));
  return parts.flatMap(({ label }) => label || []).slice(0, mostLabels);
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
  const [known, kept] = [keysOf(then), keysOf(now)];
  const free = new Map<string, number>();
  for (const { key, of, label } of then) if (label === null && !kept.has(key)) free.set(of, (free.get(of) ?? 0) + 1);
  const moved = new Set<string>();
  for (const { key, of } of [...now].reverse()) {
    const places = known.has(key) ? 0 : (free.get(of) ?? 0);
    if (places > 0) moved.add(key);
    free.set(of, places - 1);
  }
  return moved;
}

const keysOf = (parts: Part[]): Set<string> => new Set(parts.map(({ key }) => key));

function partsOf({ facts, sections }: PanelView): Part[] {
  return [
    ...facts.map((fact) => part(`${fact.section}/fact`, fact.key, "", reading(fact, fact.detail), fact)),
    ...sections.flatMap(partsOfSection),
  ];
}

function partsOfSection(section: SectionView): Part[] {
  const { name, headline, rows, score, meters, steps, lists } = section;
  const isReadable = section.state === "empty" || rows.length + lists.length > 0 || score !== null;
  return [
    { key: name, of: "", label: "", text: isReadable ? "" : null, view: section },
    ...rows.map((row) => part(`${name}/row`, row.key, row.label, reading(row), row)),
    ...(score ? [part(name, "score", headline, headline, score)] : []),
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
  return { key: `${path}/${key}`, of: path.slice(path.indexOf("/") + 1), label, text, view };
}

/** Their value is an instant, shown as an age: it moves all the time, and what moved it is marked elsewhere. */
const ages: ReadonlySet<string> = new Set(["last_active", "lastActive", "oldest"]);
const knownAbsences: ReadonlySet<Absent | null> = new Set(["none_set", "not_mapped", "empty"] as const);

function reading({ key, text, absent }: { key: string; text: string; absent: Absent | null }, detail = ""): string | null {
  if (absent === null) return ages.has(key) ? detail : text + detail;
  return knownAbsences.has(absent) ? text : null;
}
