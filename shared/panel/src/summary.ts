import { createScope } from "./scope.ts";
import type { PanelOptions, PanelView } from "./view.ts";

export interface Summary {
  title: string;
  lines: string[];
}

/** Texts of the preview: its title, its buttons and its outcomes. */
export interface SummaryLabels {
  title: string;
  hint: string;
  confirm: string;
  cancel: string;
  done: string;
  changed: string;
  failed: string;
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
  };
}

/** The panel in a few lines of plain text for an internal note: the known values, and their age. */
export function toSummary(view: PanelView, options: PanelOptions): Summary {
  const { t, f } = createScope(null, options);
  const { header } = view;
  if (!header) return { title: "", lines: [] };
  const facts = view.facts.filter(({ absent }) => absent === null);
  const score = view.sections.find(({ name }) => name === "health")?.score;
  const drivers = view.sections.find(({ name }) => name === "health")?.drivers ?? [];
  return {
    title: header.company ? `${header.name} · ${header.company}` : header.name,
    lines: [
      ...facts.map(({ label, text, detail }) => t("summary.fact", { label, text: detail ? `${text} (${detail})` : text })),
      ...(score?.value == null ? [] : [score.provisional ? `${score.sentence} (${score.provisional})` : score.sentence]),
      ...(drivers.length ? [drivers.map(({ text, points }) => `${text} (${points})`).join(", ")] : []),
      t("summary.as_of", { when: f.exact(new Date(options.now).toISOString()), freshness: header.freshness.text }),
    ],
  };
}
