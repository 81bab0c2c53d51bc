import type { ActionView } from "@sidelight/panel/index.ts";
import { Button } from "@zendeskgarden/react-buttons";
import { useId } from "react";

interface Props {
  action: ActionView;
  /** Why the last attempt failed; "" without a failure. */
  failure: string;
  onAct: () => void;
  cancelLabel?: string;
  onCancel?: () => void;
}

/** The failure and the buttons of a form. Without `disabled`, the button keeps the focus. */
export function FormFoot({ action, failure, onAct, cancelLabel, onCancel }: Props) {
  const reasonId = useId();
  return (
    <>
      {failure && (
        <p role="alert" className="small tone-danger">
          <bdi>{failure}</bdi>
        </p>
      )}
      <div className="insert-actions">
        <Button
          size="small"
          isPrimary
          aria-disabled={action.disabled}
          aria-describedby={action.reason ? reasonId : undefined}
          onClick={() => action.disabled || onAct()}
        >
          <bdi>{action.label}</bdi>
        </Button>
        {onCancel && (
          <Button size="small" isNeutral onClick={onCancel}>
            {cancelLabel}
          </Button>
        )}
      </div>
      {action.reason && (
        <p className="quiet small" id={reasonId}>
          <bdi>{action.reason}</bdi>
        </p>
      )}
    </>
  );
}
