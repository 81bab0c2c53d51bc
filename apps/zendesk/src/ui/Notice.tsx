import type { NoticeView, PanelLabels } from "@sidelight/panel/index.ts";
import { useRef } from "react";
import { Button } from "./elements.tsx";
import { focusTargets, useFocusReturn } from "./focus.ts";
import { Icon } from "./Icon.tsx";
import { RequestId } from "./RequestId.tsx";

interface Props {
  notice: NoticeView;
  labels: PanelLabels;
  onAction: (kind: "retry" | "reload") => void;
}

export function Notice({ notice, labels, onAction }: Props) {
  const { action } = notice;
  const box = useRef<HTMLElement>(null);
  useFocusReturn(box, focusTargets.heading);
  return (
    <section className={`notice notice-${notice.tone}`} ref={box}>
      <h2 tabIndex={-1}>
        <Icon name={notice.icon} />
        <bdi>{notice.title}</bdi>
      </h2>
      <p>
        <bdi>{notice.text}</bdi>
      </p>
      {notice.lines.length > 0 && (
        <ul aria-label={labels.searched}>
          {notice.lines.map(({ key, text }) => (
            <li key={key}>
              <bdi>{text}</bdi>
            </li>
          ))}
        </ul>
      )}
      {action && (
        <Button aria-disabled={action.disabled} onClick={() => action.disabled || onAction(action.kind)}>
          {action.label}
        </Button>
      )}
      {notice.requestId && (
        <p className="small">
          <RequestId id={notice.requestId} labels={labels} />
        </p>
      )}
    </section>
  );
}
