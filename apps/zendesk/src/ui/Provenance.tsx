import type { PanelLabels, ProvenanceView } from "@sidelight/panel/index.ts";
import { CopyButton } from "./CopyButton.tsx";
import { OutLink } from "./OutLink.tsx";

interface Props {
  title: string;
  provenance: ProvenanceView;
  labels: PanelLabels;
  /** What its button copies: the value on screen. */
  value?: string;
}

export function Provenance({ title, provenance, labels, value }: Props) {
  return (
    <div className="provenance">
      <p className="provenance-title">
        {title} {value && <Copy label={title} text={value} labels={labels} />}
      </p>
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
              {line.key === "record" && <Copy label={line.label} text={line.text} labels={labels} />}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

const Copy = ({ label, text, labels }: { label: string; text: string; labels: PanelLabels }) => (
  <CopyButton text={text} label={labels.copy} copied={labels.copied} name={`${labels.copy}: ${label}`} />
);
