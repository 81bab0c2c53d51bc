import type { SectionName } from "@sidelight/contracts/context/sections.ts";
import type { PanelLabels, SectionView } from "@sidelight/panel/index.ts";
import { useId } from "react";
import { changedClass } from "./changedClass.ts";
import { Health } from "./Health.tsx";
import { Icon } from "./Icon.tsx";
import { ItemList } from "./ItemList.tsx";
import { OutLink } from "./OutLink.tsx";
import { RequestId } from "./RequestId.tsx";
import { Rows } from "./Rows.tsx";
import { Usage } from "./Usage.tsx";

interface Props {
  section: SectionView;
  labels: PanelLabels;
  isOpen: boolean;
  onToggle: () => void;
  onRetry: (name: SectionName) => void;
  onEvidence: (name: SectionName) => void;
}

export const headingId = (name: string): string => `section-${name}`;

export function Section({ section, labels, isOpen, onToggle, onRetry, onEvidence }: Props) {
  const bodyId = useId();
  const { status } = section;
  // In the heading, whose height is fixed, so that nothing moves when a score is no longer provisional.
  const lead = section.score?.provisional || (section.source ? section.sourceName : "");
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
            <bdi className="clip" title={statusText}>
              {statusText}
            </bdi>
          </span>
        </button>
      </h3>
      <div id={bodyId} className={`section-body ${section.stale ? "stale" : ""}`} hidden={!isOpen}>
        {isOpen && (
          <>
            <Problem section={section} labels={labels} onRetry={() => onRetry(section.name)} />
            {section.message && (
              <p className="message">
                <bdi>{section.message.text}</bdi>
                {section.message.hint && <bdi className="quiet hint">{section.message.hint}</bdi>}
              </p>
            )}
            {section.score && <Health section={section} score={section.score} onEvidence={onEvidence} />}
            <Rows rows={section.rows} labels={labels} />
            <Usage section={section} />
            {section.gaps.map(({ key, text }) => (
              <p key={key} className="gap">
                <Icon name="alert" />
                <bdi>{text}</bdi>
              </p>
            ))}
            {section.lists.map((list) => (
              <ItemList key={list.key} list={list} filters={section.filters} labels={labels} />
            ))}
            {section.links.length > 0 && (
              <p className="section-links">
                {section.links.map(({ key, label, url }) => (
                  <OutLink key={key} url={url} newTab={labels.opensNewTab}>
                    {label}
                  </OutLink>
                ))}
              </p>
            )}
          </>
        )}
      </div>
    </section>
  );
}

function Problem({ section, labels, onRetry }: { section: SectionView; labels: PanelLabels; onRetry: () => void }) {
  const { problem } = section;
  if (!problem) return null;
  const isBusy = section.updating;
  return (
    <div className="problem">
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
          aria-disabled={isBusy || !problem.canRetry}
          onClick={() => isBusy || !problem.canRetry || onRetry()}
        >
          {isBusy ? section.status.text : problem.retryReason || problem.retryLabel}
        </button>
        {problem.requestId && <RequestId id={problem.requestId} labels={labels} />}
      </p>
    </div>
  );
}
