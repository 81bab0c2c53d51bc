import type { Context } from "@sidelight/contracts/context/context.ts";
import type { IdentityState, PanelIdentity } from "@sidelight/panel/identity/identity.ts";
import { type IdentityAction, type IdentityPart, toIdentity } from "@sidelight/panel/identity/toIdentity.ts";
import type { PanelOptions } from "@sidelight/panel/index.ts";
import { Button } from "@zendeskgarden/react-buttons";
import { useEffect, useId, useRef } from "react";
import { focusTargets, useFocusReturn } from "./focus.ts";
import { GardenTheme } from "./GardenTheme.tsx";
import { Icon } from "./Icon.tsx";

interface Props {
  context: Context | null;
  options: PanelOptions;
  state: IdentityState;
  identity: PanelIdentity;
}

/** Corrects the customer: what was chosen or decided, and the part "Wrong customer?". */
export function Identity({ context, options, state, identity }: Props) {
  const { notice, failure, part } = toIdentity(context, options, state);
  const reasonId = useId();
  const onAction = ({ command }: IdentityAction): void => void identity.change(command);
  return (
    <GardenTheme>
      {notice && (
        <div className="identity-notice">
          <p role="status">
            <bdi>{notice.text}</bdi>
          </p>
          {notice.action && <ActionButton action={notice.action} reasonId={reasonId} onAction={onAction} />}
          {notice.action?.reason && (
            <p className="reason" id={reasonId}>
              <Icon name="lock" /> <bdi>{notice.action.reason}</bdi>
            </p>
          )}
        </div>
      )}
      {failure && (
        <p role="alert" className="identity-notice tone-danger">
          <bdi>{failure}</bdi>
        </p>
      )}
      {part && <Part part={part} onAction={onAction} onClose={identity.close} />}
    </GardenTheme>
  );
}

interface ActionProps {
  action: IdentityAction;
  /** Of the text that names why it is disabled. */
  reasonId: string;
  onAction: (action: IdentityAction) => void;
}

interface PartProps {
  part: IdentityPart;
  onAction: (action: IdentityAction) => void;
  onClose: () => void;
}

function Part({ part, onAction, onClose }: PartProps) {
  const { why, others, decisions } = part;
  const reasonId = useId();
  const button = (action: IdentityAction) => <ActionButton action={action} reasonId={reasonId} onAction={onAction} />;
  const box = useRef<HTMLElement>(null);
  useEffect(() => box.current?.focus(), []);
  useFocusReturn(box, focusTargets.change);
  return (
    <section
      className="identity"
      aria-label={part.title}
      tabIndex={-1}
      ref={box}
      onKeyDown={(event) => event.key === "Escape" && onClose()}
    >
      <div className="identity-title">
        <h3>{part.title}</h3>
        <button type="button" className="link" onClick={onClose}>
          {part.closeLabel}
        </button>
      </div>
      {part.loading && (
        <p className="quiet small" role="status">
          {part.loading}
        </p>
      )}
      {part.reason && (
        <p className="reason" id={reasonId}>
          <Icon name="lock" /> <bdi>{part.reason}</bdi>
        </p>
      )}
      {why.items.length > 0 && (
        <div>
          <h4>{why.title}</h4>
          <ul>
            {why.items.map(({ key, text }) => (
              <li key={key}>
                <bdi>{text}</bdi>
              </li>
            ))}
          </ul>
        </div>
      )}
      {button(part.reject)}
      {others.items.length > 0 && (
        <div>
          <h4>{others.title}</h4>
          <ul className="identity-others">
            {others.items.map(({ id, label, facts, use }) => (
              <li key={id}>
                <strong>
                  <bdi>{label}</bdi>
                </strong>
                <dl className="rows">
                  {facts.map(({ key, label: name, text }) => (
                    <div className="row" key={key}>
                      <dt>
                        <bdi>{name}</bdi>
                      </dt>
                      <dd>
                        <bdi>{text}</bdi>
                      </dd>
                    </div>
                  ))}
                </dl>
                {button(use)}
              </li>
            ))}
          </ul>
        </div>
      )}
      {decisions.items.length > 0 && (
        <div>
          <h4>{decisions.title}</h4>
          <ul>
            {decisions.items.map(({ key, text, undo }) => (
              <li key={key} className="identity-decision">
                <bdi>{text}</bdi>
                {undo && button(undo)}
              </li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}

/** With `aria-disabled` it keeps the focus. */
function ActionButton({ action, reasonId, onAction }: ActionProps) {
  return (
    <Button
      size="small"
      aria-disabled={action.disabled}
      aria-describedby={action.reason ? reasonId : undefined}
      onClick={() => action.disabled || onAction(action)}
    >
      <bdi>{action.label}</bdi>
    </Button>
  );
}
