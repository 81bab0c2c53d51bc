import type { Context } from "../context/context.ts";
import { createScope, joinNames } from "./scope.ts";
import { toPanel } from "./to-panel.ts";
import type { PluralKey, Translator } from "./translate.ts";
import type { Absent, ListView, PanelOptions, PanelView, SectionView } from "./view.ts";

/**
 * What a person would read differently in the later of two answers about one customer, by stable keys: `support` for the section,
 * `support/fact/open_tickets`, `account/row/owner`, `support/tickets/5158`, `health/score`.
 *
 * Both are looked at now and in one language, so that nothing differs by its age alone. What becomes known for the first time, or
 * can't be shown any longer, has not changed.
 */
export function changedParts(previous: Context, next: Context, options: PanelOptions): Set<string> {
  return compare(toPanel(previous, options), toPanel(next, options));
}

/** The view with everything marked that has changed. */
export function withMarks(view: PanelView, changed: ReadonlySet<string>): PanelView {
  if (changed.size === 0) return view;
  const mark = <P extends object>(key: string, part: P): P => (changed.has(key) ? { ...part, changed: true } : part);
  return {
    ...view,
    facts: view.facts.map((fact) => mark(`${fact.section}/fact/${fact.key}`, fact)),
    sections: view.sections.map((section) => {
      const { name } = section;
      if (!changed.has(name)) return section;
      return {
        ...section,
        changed: true,
        rows: section.rows.map((row) => mark(`${name}/row/${row.key}`, row)),
        score: section.score && mark(`${name}/score`, section.score),
        meters: section.meters && mark(`${name}/meters`, section.meters),
        steps: section.steps && mark(`${name}/steps`, section.steps),
        lists: section.lists.map((list) => ({
          ...list,
          items: list.items.map((item) => mark(`${name}/${list.key}/${item.key}`, item)),
        })),
      };
    }),
  };
}

/** "Support updated: 1 new ticket", or "" when nothing has changed that is worth a word. */
export function changeNews(previous: Context, next: Context, options: PanelOptions): string {
  const [before, after] = [toPanel(previous, options), toPanel(next, options)];
  const changed = compare(before, after);
  const { t } = createScope(null, options);
  const all = after.sections.filter(({ name }) => changed.has(name));
  // Health and the timeline follow from the others: alone they are news, beside those they only repeat them.
  const own = all.filter(({ name }) => name !== "health" && name !== "timeline");
  const told = own.length > 0 ? own : all;
  const [only] = told;
  if (!only) return "";
  const title = ({ title: text }: SectionView): string => text;
  if (told.length > 1) return t("announce.updated_many", { names: joinNames(told.map(title), options.locale) });
  const what = joinNames(whatChanged(t, before, after, only, changed), options.locale);
  return what ? t("announce.updated_what", { section: only.title, what }) : t("announce.updated", { section: only.title });
}

/** What is new comes first; else the labels of what changed; else how many entries did. */
function whatChanged(
  t: Translator,
  before: PanelView,
  after: PanelView,
  { name, rows, score, meters, steps, headline, lists }: SectionView,
  changed: ReadonlySet<string>,
): string[] {
  const had = before.sections.find((section) => section.name === name);
  const items = lists.map((list) => {
    const known = keysOf(had?.lists.find(({ key }) => key === list.key));
    const touched = list.items.filter(({ key }) => changed.has(`${name}/${list.key}/${key}`));
    return { list: list.key, touched: touched.length, fresh: touched.filter(({ key }) => !known.has(key)).length };
  });
  const fresh = items.filter((entry) => entry.fresh > 0);
  if (fresh.length > 0) return fresh.map((entry) => t.plural(`change.new.${entry.list}` as PluralKey, entry.fresh));
  const labels = [
    ...rows.filter(({ key }) => changed.has(`${name}/row/${key}`)).map(({ label }) => label),
    ...(score && changed.has(`${name}/score`) ? [headline] : []),
    ...(meters && changed.has(`${name}/meters`) ? [meters.title] : []),
    ...(steps && changed.has(`${name}/steps`) ? [steps.title] : []),
  ];
  if (labels.length > 0) return labels.slice(0, mostLabels);
  const touched = items.reduce((sum, entry) => sum + entry.touched, 0);
  if (touched > 0) return [t.plural("change.items", touched)];
  const facts = after.facts.filter(({ key, section }) => section === name && changed.has(`${name}/fact/${key}`));
  return facts.map(({ label }) => label);
}

const mostLabels = 3;

function compare(before: PanelView, after: PanelView): Set<string> {
  const read = readings(before);
  const readable = new Set<string>(before.sections.filter(isReadable).map(({ name }) => name));
  const pushed = movedUp(before, after);
  const changed = new Set<string>();
  for (const [key, now] of readings(after)) {
    const name = key.slice(0, key.indexOf("/"));
    const then = read.get(key);
    if (!readable.has(name) || now === null || then === null || then === now || pushed.has(key)) continue;
    changed.add(key).add(name);
  }
  return changed;
}

/** What stands in each part, by its key; null where no value is known. */
function readings({ facts, sections }: PanelView): Map<string, string | null> {
  const read = new Map<string, string | null>();
  for (const fact of facts) read.set(`${fact.section}/fact/${fact.key}`, reading(fact, fact.detail));
  for (const { name, rows, score, meters, steps, lists } of sections) {
    for (const row of rows) read.set(`${name}/row/${row.key}`, reading(row));
    if (score) read.set(`${name}/score`, `${score.text} ${score.band}`);
    if (meters) read.set(`${name}/meters`, meters.items.map(({ label, text }) => `${label} ${text}`).join());
    if (steps) read.set(`${name}/steps`, steps.items.map(({ label, done }) => `${label} ${done}`).join());
    for (const list of lists) {
      for (const { key, title, detail, tag, whenExact } of list.items) {
        read.set(`${name}/${list.key}/${key}`, [title, detail, tag?.text, whenExact].join());
      }
    }
  }
  return read;
}

/** Their value is an instant, shown as an age: it moves all the time, and what moved it is marked elsewhere. */
const ages: ReadonlySet<string> = new Set(["last_active", "lastActive", "oldest"]);
const unknown: ReadonlySet<Absent | null> = new Set([
  "pending",
  "could_not_load",
  "hidden",
  "consent_withheld",
  "not_connected",
] as const);

function reading({ key, text, absent }: { key: string; text: string; absent: Absent | null }, detail = ""): string | null {
  if (unknown.has(absent)) return null;
  return absent === null && ages.has(key) ? detail : `${text} ${detail}`;
}

function isReadable({ state, rows, lists, score }: SectionView): boolean {
  return state === "empty" || rows.length + lists.length > 0 || score !== null;
}

const keysOf = (list: ListView | undefined): Set<string> => new Set(list?.items.map(({ key }) => key));

/** Entries at the end of a list that only took the place of others which left it. */
function movedUp(before: PanelView, after: PanelView): Set<string> {
  const moved = new Set<string>();
  for (const { name, lists } of after.sections) {
    const had = before.sections.find((section) => section.name === name);
    for (const { key, items } of lists) {
      const then = keysOf(had?.lists.find((list) => list.key === key));
      const now = keysOf({ items } as ListView);
      let gone = [...then].filter((entry) => !now.has(entry)).length;
      for (const entry of [...items].reverse()) {
        if (gone-- <= 0 || then.has(entry.key)) break;
        moved.add(`${name}/${key}/${entry.key}`);
      }
    }
  }
  return moved;
}
