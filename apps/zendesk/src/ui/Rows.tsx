import type { PanelLabels, RowView } from "@sidelight/panel/index.ts";
import { useState } from "react";
import { changedClass } from "./changedClass.ts";
import { OutLink } from "./OutLink.tsx";
import { Provenance } from "./Provenance.tsx";

export function Rows({ rows, labels }: { rows: RowView[]; labels: PanelLabels }) {
  if (rows.length === 0) return null;
  return (
    <dl className="rows">
      {rows.map((row) => (
        <Row key={row.key} row={row} labels={labels} />
      ))}
    </dl>
  );
}

function Row({ row, labels }: { row: RowView; labels: PanelLabels }) {
  const [open, setOpen] = useState(false);
  const text = <bdi>{row.text}</bdi>;
  return (
    <div className={`row ${changedClass(row)}`}>
      <dt>
        <bdi>{row.label}</bdi>
      </dt>
      <dd className={`tone-${row.tone} ${row.absent ? "absent" : ""}`}>
        {row.provenance ? (
          <button type="button" className="sourced" aria-expanded={open} onClick={() => setOpen(!open)}>
            <span className="visually-hidden">{row.label}: </span>
            {text}
          </button>
        ) : row.link ? (
          <OutLink url={row.link} newTab={labels.opensNewTab}>
            {row.text}
          </OutLink>
        ) : (
          text
        )}
        {row.masked && <span className="quiet"> ({labels.hidden})</span>}
        {open && row.provenance && (
          <Provenance title={labels.provenance} provenance={row.provenance} labels={labels} value={row.text} />
        )}
      </dd>
    </div>
  );
}
