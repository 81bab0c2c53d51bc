import type { PanelView } from "@sidelight/panel/index.ts";
import { Skeleton } from "./elements.tsx";

/**
 * The panel's outline while there is no customer: every part has its position and height, so that nothing moves when the values
 * arrive. Placeholders appear only when the wait is noticeable. `Panel.tsx` loads while this is on screen.
 */
export function Shell({ view, hasSkeleton }: { view: PanelView; hasSkeleton: boolean }) {
  const bar = (width: string, height: string) => (hasSkeleton ? <Skeleton width={width} height={height} /> : null);
  return (
    <main className="panel shell" aria-label={view.labels.panel} aria-busy="true" data-state={view.state}>
      <div className="header">
        <span className="shell-avatar">{bar("40px", "40px")}</span>
        <div className="who">
          <p className="name">{bar("55%", "14px")}</p>
          <p className="line">{bar("75%", "12px")}</p>
          <p className="line">{bar("65%", "12px")}</p>
          <p className="line" />
        </div>
        <div className="marks">{bar("100%", "12px")}</div>
      </div>
      <ul className="facts">
        {view.facts.map(({ key, label }) => (
          <li key={key} className="fact">
            <bdi className="fact-label">{label}</bdi>
            <span className="fact-text">{bar("70%", "14px")}</span>
          </li>
        ))}
      </ul>
      <div className="actions">{bar("100%", "16px")}</div>
      <div className="sections">
        {view.sections.map((section) => (
          <section key={section.name} className="section" data-section={section.name}>
            <div className="section-heading">
              <bdi className="section-title">{section.title}</bdi>
              <span className="section-status tone-muted">{section.status.text}</span>
            </div>
            {section.openAtFirst && <div className="section-body shell-health">{bar("100%", "80px")}</div>}
          </section>
        ))}
      </div>
    </main>
  );
}
