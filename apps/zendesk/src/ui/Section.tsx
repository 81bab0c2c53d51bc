import type { SectionName } from "@sidelight/contracts/context/sections.ts";
import type { PanelLabels, SectionView } from "@sidelight/panel/index.ts";
import { lazy, type ReactNode, Suspense, useId, useRef } from "react";
import { changedClass } from "./changedClass.ts";
import { useFocusReturn } from "./focus.ts";
import { Health } from "./Health.tsx";
import { Icon } from "./Icon.tsx";
import { lateParts } from "./lateParts.ts";
import { RequestId } from "./RequestId.tsx";

interface Props {
  section: SectionView;
  labels: PanelLabels;
  isOpen: boolean;
  onToggle: () => void;
  onRetry: (name: SectionName) => void;
  onEvidence: (name: SectionName) => void;
  /** In place of the lists. */
  content?: ReactNode;
  /** Below everything else. */
  foot?: ReactNode;
}

const SectionContent = lazy(() => lateParts.sectionContent().then((module) => ({ default: module.SectionContent })));

export const headingId = (name: string): string => `section-${name}`;

export function Section({ section, labels, isOpen, onToggle, onRetry, onEvidence, content, foot }: Props) {
  const bodyId = useId();
  const { status } = section;
  // An open section says beside the bar that its score is provisional.
  const provisional = isOpen ? "" : section.score?.provisional;
  const lead = provisional || (section.source ? section.sourceName : "");
  const statusText = lead ? `${lead} · ${status.text}` : status.text;
  return (
    <section className="section" data-section={section.name} data-state={section.state} aria-labelledby={headingId(section.name)}>
      {/* An open section marks the changed value itself. The score is in the heading. */}
      <h3 className={isOpen && !section.score ? "" : changedClass(section)}>
        <button type="button" id={headingId(section.name)} aria-expanded={isOpen} aria-controls={bodyId} onClick={onToggle}>
          <bdi className="section-title">{section.title}</bdi>
          <span className={`section-headline tone-${section.headlineTone}`} title={section.headline}>
            <bdi>{section.headline}</bdi>
          </span>
          <Icon name="chevron" className={isOpen ? "turned" : ""} />
          <span className={`section-status tone-${status.tone}`}>
            <Icon name={status.icon} />
            <span className="clip" title={statusText}>
              {lead && (
                <>
                  <bdi>{lead}</bdi> ·{" "}
                </>
              )}
              <bdi>{status.text}</bdi>
            </span>
          </span>
        </button>
      </h3>
      <div id={bodyId} className={`section-body ${section.stale ? "stale" : ""}`} hidden={!isOpen}>
        {isOpen && (
          <>
            {section.problem && (
              <Problem section={section} problem={section.problem} labels={labels} onRetry={() => onRetry(section.name)} />
            )}
            {section.message && (
              <p className="message">
                <bdi>{section.message.text}</bdi>
                {section.message.hint && <bdi className="quiet hint">{section.message.hint}</bdi>}
              </p>
            )}
            {section.score && <Health section={section} score={section.score} onEvidence={onEvidence} />}
            <Suspense>
              <SectionContent section={section} labels={labels} content={content} foot={foot} />
            </Suspense>
          </>
        )}
      </div>
    </section>
  );
}

interface ProblemProps {
  section: SectionView;
  problem: NonNullable<SectionView["problem"]>;
  labels: PanelLabels;
  onRetry: () => void;
}

function Problem({ section, problem, labels, onRetry }: ProblemProps) {
  const box = useRef<HTMLDivElement>(null);
  useFocusReturn(box, `#${headingId(section.name)}`);
  const isBusy = section.updating;
  const retryText = isBusy ? section.status.text : problem.retryReason || problem.retryLabel;
  return (
    <div className="problem" ref={box}>
      <p>
        <bdi>{problem.text}</bdi>
      </p>
      {problem.rest && (
        <p className="quiet">
          <bdi>{problem.rest}</bdi>
        </p>
      )}
      <p className="problem-actions">
        <button
          type="button"
          className="link"
          aria-label={`${retryText}: ${section.title}`}
          aria-disabled={isBusy || !problem.canRetry}
          onClick={() => isBusy || !problem.canRetry || onRetry()}
        >
          {retryText}
        </button>
        {problem.requestId && <RequestId id={problem.requestId} labels={labels} />}
      </p>
    </div>
  );
}
