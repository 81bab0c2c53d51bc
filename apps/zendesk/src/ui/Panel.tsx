import type { Context } from "@sidelight/contracts/context/context.ts";
import type { SectionName } from "@sidelight/contracts/context/sections.ts";
import type { PanelOptions, PanelView, Summary } from "@sidelight/panel/index.ts";
import { useState } from "react";
import type { InsertOutcome } from "../insert/insert.ts";
import { Actions } from "./Actions.tsx";
import { Banner } from "./Banner.tsx";
import { Facts } from "./Facts.tsx";
import { Header } from "./Header.tsx";
import { InsertPreview } from "./InsertPreview.tsx";
import { Candidates, Notice } from "./Notice.tsx";
import { headingId, Section } from "./Section.tsx";
import { useMarks } from "./useMarks.ts";

export interface PanelHandlers {
  refresh(): void;
  retry(target: SectionName | "all"): void;
  choose(candidateId: string): void;
  undoChoice(): void;
  insert(summary: Summary): Promise<InsertOutcome>;
}

interface Props {
  view: PanelView;
  /** What the view was made of. */
  context: Context | null;
  options: PanelOptions;
  /** Told what changed, in a sentence to be spoken. */
  onNews: (news: string) => void;
  summary: (view: PanelView) => Summary;
  /** A candidate was picked, so there is a choice to undo even where no header offers it. */
  chosen: boolean;
  handlers: PanelHandlers;
}

export function Panel({ view: plain, context, options, onNews, summary, chosen, handlers }: Props) {
  const view = useMarks(plain, context, options, onNews);
  const [toggled, setToggled] = useState<Partial<Record<SectionName, boolean>>>({});
  const [preview, setPreview] = useState<Summary | null>(null);
  const showActions = view.state === "ready" || view.state === "ambiguous" || view.state === "none";
  const retryLabel = view.sections.find(({ problem }) => problem)?.problem?.retryLabel ?? view.actions.refresh.label;

  const showEvidence = (name: SectionName): void => {
    setToggled((before) => ({ ...before, [name]: true }));
    const heading = document.getElementById(headingId(name));
    heading?.focus();
    heading?.scrollIntoView({ block: "nearest" });
  };

  return (
    <main className="panel" aria-label={view.labels.panel} data-state={view.state}>
      {view.header && <Header header={view.header} onChange={handlers.undoChoice} />}
      {view.banner && <Banner banner={view.banner} retryLabel={retryLabel} onRetry={handlers.retry} />}
      {view.notice && (
        <Notice
          notice={view.notice}
          labels={view.labels}
          onAction={(kind) => (kind === "reload" ? window.location.reload() : handlers.retry("all"))}
        />
      )}
      {view.notice && chosen && (
        <button type="button" className="link" onClick={handlers.undoChoice}>
          {view.labels.change}
        </button>
      )}
      {view.candidates.length > 0 && (
        <Candidates candidates={view.candidates} label={view.labels.candidates} onChoose={handlers.choose} />
      )}
      {view.facts.length > 0 && <Facts facts={view.facts} labels={view.labels} />}
      {showActions && (
        <Actions
          actions={view.actions}
          labels={view.labels}
          onRefresh={handlers.refresh}
          onInsert={() => setPreview(preview ? null : summary(view))}
          insertOpen={preview !== null}
        />
      )}
      {preview && view.state === "ready" && (
        <InsertPreview
          summary={preview}
          labels={view.labels}
          onInsert={() => handlers.insert(preview)}
          onClose={() => setPreview(null)}
        />
      )}
      {view.sections.map((section) => (
        <Section
          key={section.name}
          section={section}
          labels={view.labels}
          isOpen={toggled[section.name] ?? section.openAtFirst}
          onToggle={() => setToggled((before) => ({ ...before, [section.name]: !(before[section.name] ?? section.openAtFirst) }))}
          onRetry={handlers.retry}
          onEvidence={showEvidence}
        />
      ))}
    </main>
  );
}
