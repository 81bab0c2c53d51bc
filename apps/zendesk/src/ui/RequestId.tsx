import type { PanelLabels } from "@sidelight/panel/index.ts";
import { CopyButton } from "./CopyButton.tsx";

/** The id that an operator needs to find the request. It is also selectable, because an iframe may have no access to the clipboard. */
export function RequestId({ id, labels }: { id: string; labels: PanelLabels }) {
  return (
    <span className="request-id">
      <code>{id}</code> <CopyButton text={id} label={labels.copyRequestId} copied={labels.copied} />
    </span>
  );
}
