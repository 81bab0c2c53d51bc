import { Button } from "@zendeskgarden/react-buttons";
import { type ReactNode, useEffect, useId, useRef } from "react";

interface Props {
  title: string;
  /** Of the button that makes the change. */
  confirm: string;
  isDisabled?: boolean;
  onConfirm: () => void;
  onCancel: () => void;
  /** What is chosen, and what to know about it. */
  children: ReactNode;
  /** What would change, line by line. */
  changes: ReactNode;
}

/** What a change of several items would do, before it is made. */
export function Preview({ title, confirm, isDisabled = false, onConfirm, onCancel, children, changes }: Props) {
  const titleId = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <section
      className="preview"
      aria-labelledby={titleId}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Escape") onCancel();
      }}
    >
      <h2 id={titleId} ref={heading} tabIndex={-1}>
        {title}
      </h2>
      {children}
      <div className="buttons">
        <Button size="small" isPrimary disabled={isDisabled} onClick={onConfirm}>
          {confirm}
        </Button>
        <Button size="small" onClick={onCancel}>
          Cancel
        </Button>
      </div>
      {changes}
    </section>
  );
}
