import type { PanelLabels } from "@sidelight/panel/index.ts";
import { useState } from "react";

/** The id that an operator needs to find the request. It is also selectable, because an iframe may have no access to the clipboard. */
export function RequestId({ id, labels }: { id: string; labels: PanelLabels }) {
  const [isCopied, setCopied] = useState(false);
  const copy = () =>
    navigator.clipboard?.writeText(id).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  return (
    <span className="request-id">
      <code>{id}</code>{" "}
      <button type="button" className="link" onClick={copy}>
        {isCopied ? labels.copied : labels.copyRequestId}
      </button>
    </span>
  );
}
