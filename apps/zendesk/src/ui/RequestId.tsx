import type { PanelLabels } from "@sidelight/panel/index.ts";
import { useState } from "react";

/** The id to give to whoever runs Sidelight. Selectable text too: an iframe may not be allowed to use the clipboard. */
export function RequestId({ id, labels }: { id: string; labels: PanelLabels }) {
  const [copied, setCopied] = useState(false);
  const copy = () =>
    navigator.clipboard?.writeText(id).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  return (
    <span className="request-id">
      <code>{id}</code>{" "}
      <button type="button" className="link" onClick={copy}>
        {copied ? labels.copied : labels.copyRequestId}
      </button>
    </span>
  );
}
