import type { FactView, PanelLabels } from "@sidelight/panel/index.ts";
import { useState } from "react";
import { changedClass } from "./changedClass.ts";
import { Provenance } from "./Provenance.tsx";

interface Props {
  facts: FactView[];
  labels: PanelLabels;
}

export function Facts({ facts, labels }: Props) {
  const [open, setOpen] = useState<string | null>(null);
  const openFact = facts.find(({ key, provenance }) => key === open && provenance !== null);
  return (
    <section aria-label={labels.facts}>
      <ul className="facts">
        {facts.map((fact) => (
          <li key={fact.key} className={`fact ${fact.stale ? "stale" : ""} ${changedClass(fact)}`}>
            <bdi className="fact-label" title={fact.label}>
              {fact.label}
            </bdi>
            <FactText fact={fact} isOpen={open === fact.key} onToggle={() => setOpen(open === fact.key ? null : fact.key)} />
            <bdi className="fact-detail" title={fact.detail}>
              {fact.detail}
            </bdi>
          </li>
        ))}
      </ul>
      {openFact?.provenance && (
        <Provenance
          title={`${labels.provenance}: ${openFact.label}`}
          provenance={openFact.provenance}
          labels={labels}
          value={openFact.text}
        />
      )}
    </section>
  );
}

function FactText({ fact, isOpen, onToggle }: { fact: FactView; isOpen: boolean; onToggle: () => void }) {
  const className = `fact-text tone-${fact.tone} ${fact.absent ? "absent" : ""}`;
  const text = <bdi title={fact.text}>{fact.text}</bdi>;
  if (!fact.provenance) return <span className={className}>{text}</span>;
  return (
    <button type="button" className={`${className} sourced`} aria-expanded={isOpen} onClick={onToggle}>
      <span className="visually-hidden">{fact.label}: </span>
      {text}
    </button>
  );
}
