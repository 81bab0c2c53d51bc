import { createScope } from "./scope.ts";
import type { PanelOptions, PanelView } from "./view.ts";

export interface Summary {
  title: string;
  lines: string[];
  /** Those of the lines that the customer may read. */
  publicLines: string[];
}

/** Facts that are not internal: what the customer knows of their own tickets. A new fact is internal until it is added here. */
const publicFacts: ReadonlySet<string> = new Set(["open_tickets"]);

/** What may be inserted into a draft: the one rule for every text that this panel puts into an editor. */
export const insertedLines = (summary: Summary, isPublic: boolean): string[] => (isPublic ? summary.publicLines : summary.lines);

/** Texts of the preview: its title, its buttons and its outcomes. */
export interface SummaryLabels {
  title: string;
  hint: string;
  confirm: string;
  cancel: string;
  done: string;
  changed: string;
  failed: string;
  /** The draft became a public reply after the preview was shown. */
  published: string;
  /** In front of a preview for a public reply. */
  publicWarning: string;
  /** A public reply for which nothing is left. */
  nothingPublic: string;
}

export function summaryLabels(options: PanelOptions): SummaryLabels {
  const { t } = createScope(null, options);
  return {
    title: t("insert.title"),
    hint: t("insert.hint"),
    confirm: t("insert.confirm"),
    cancel: t("insert.cancel"),
    done: t("insert.done"),
    changed: t("insert.changed"),
    failed: t("insert.failed"),
    published: t("insert.published"),
    publicWarning: t("insert.public_warning"),
    nothingPublic: t("insert.nothing_public"),
  };
}

/** The panel in a few lines of plain text for an internal note: the known values, and their age. */
export function toSummary(view: PanelView, options: PanelOptions): Summary {
  const { t, f } = createScope(null, options);
  const { header } = view;
  if (!header) return { title: "", lines: [], publicLines: [] };
  const facts = view.facts
    .filter(({ absent }) => absent === null)
    .map(({ key, label, text, detail }) => ({
      key,
      line: t("summary.fact", { label, text: detail ? `${text} (${detail})` : text }),
    }));
  const score = view.sections.find(({ name }) => name === "health")?.score;
  const drivers = view.sections.find(({ name }) => name === "health")?.drivers ?? [];
  return {
    title: header.company ? `${header.name} · ${header.company}` : header.name,
    lines: [
      ...facts.map(({ line }) => line),
      ...(score?.value == null ? [] : [score.provisional ? `${score.sentence} (${score.provisional})` : score.sentence]),
      ...(drivers.length ? [drivers.map(({ text, points }) => `${text} (${points})`).join(", ")] : []),
      t("summary.as_of", { when: f.exact(new Date(options.now).toISOString()), freshness: header.freshness.text }),
    ],
    publicLines: facts.filter(({ key }) => publicFacts.has(key)).map(({ line }) => line),
  };
}
