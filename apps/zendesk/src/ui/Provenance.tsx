import type { PanelLabels, ProvenanceView } from "@sidelight/panel/index.ts";
import { OutLink } from "./OutLink.tsx";

export function Provenance({ title, provenance, labels }: { title: string; provenance: ProvenanceView; labels: PanelLabels }) {
  return (
    <div className="provenance">
      <p className="provenance-title">{title}</p>
      <dl>
        {provenance.lines.map((line) => (
          <div key={line.key}>
            <dt>
              <bdi>{line.label}</bdi>
            </dt>
            <dd>
              {line.key === "record" && provenance.link ? (
                <OutLink url={provenance.link} newTab={labels.opensNewTab}>
                  {line.text}
                </OutLink>
              ) : (
                <bdi>{line.text}</bdi>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
