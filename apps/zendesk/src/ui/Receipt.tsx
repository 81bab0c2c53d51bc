import type { PanelLabels, ReceiptView } from "@sidelight/panel/index.ts";
import { OutLink } from "./OutLink.tsx";

export function Receipt({ title, receipt, labels }: { title: string; receipt: ReceiptView; labels: PanelLabels }) {
  return (
    <div className="receipt">
      <p className="receipt-title">{title}</p>
      <dl>
        {receipt.lines.map((line) => (
          <div key={line.key}>
            <dt>
              <bdi>{line.label}</bdi>
            </dt>
            <dd>
              {line.key === "record" && receipt.link ? (
                <OutLink url={receipt.link} newTab={labels.opensNewTab}>
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
