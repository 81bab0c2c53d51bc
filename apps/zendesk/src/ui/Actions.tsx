import type { PanelLabels, PanelView } from "@sidelight/panel/index.ts";
import { useEffect, useId, useRef, useState } from "react";
import { Button } from "./elements.tsx";
import { Icon } from "./Icon.tsx";
import { OutLink } from "./OutLink.tsx";

interface Props {
  actions: PanelView["actions"];
  labels: PanelLabels;
  onRefresh: () => void;
  onInsert: () => void;
  insertOpen: boolean;
  onFollowUp: () => void;
  followUpOpen: boolean;
}

export function Actions({ actions, labels, onRefresh, onInsert, insertOpen, onFollowUp, followUpOpen }: Props) {
  const reasonId = useId();
  const reason = actions.insert?.reason || actions.followUp.reason || actions.refresh.reason;
  return (
    <>
      <fieldset className="actions" aria-label={labels.actions}>
        {/* With `aria-disabled` the button keeps the focus during a refresh. */}
        <Button
          isNeutral
          isBasic
          aria-disabled={actions.refresh.disabled}
          aria-describedby={actions.refresh.reason ? reasonId : undefined}
          onClick={() => actions.refresh.disabled || onRefresh()}
        >
          <Icon name="refresh" />
          <bdi>{actions.refresh.label}</bdi>
        </Button>
        {actions.insert && (
          <Button
            isNeutral
            isBasic
            aria-disabled={actions.insert.disabled}
            title={actions.insert.label}
            aria-describedby={actions.insert.reason ? reasonId : undefined}
            aria-expanded={insertOpen}
            data-action="insert"
            onClick={() => actions.insert?.disabled || onInsert()}
          >
            <Icon name="note" />
            <bdi>{actions.insert.label}</bdi>
          </Button>
        )}
        <Button
          isNeutral
          isBasic
          aria-disabled={actions.followUp.disabled}
          title={actions.followUp.label}
          aria-describedby={actions.followUp.reason ? reasonId : undefined}
          aria-expanded={followUpOpen}
          data-action="follow-up"
          onClick={() => actions.followUp.disabled || onFollowUp()}
        >
          <Icon name="calendar" />
          <bdi>{actions.followUp.label}</bdi>
        </Button>
        {actions.open && <OpenMenu open={actions.open} labels={labels} />}
      </fieldset>
      {reason && (
        <p className="reason" id={reasonId}>
          <bdi>{reason}</bdi>
        </p>
      )}
    </>
  );
}

function OpenMenu({ open, labels }: { open: NonNullable<PanelView["actions"]["open"]>; labels: PanelLabels }) {
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const listId = useId();
  useEffect(() => {
    if (!isOpen) return;
    const closeOutside = (event: Event) => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) setOpen(false);
    };
    const closeOnEscape = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      setOpen(false);
      button.current?.focus();
    };
    document.addEventListener("pointerdown", closeOutside);
    document.addEventListener("focusin", closeOutside);
    document.addEventListener("keydown", closeOnEscape);
    return () => {
      document.removeEventListener("pointerdown", closeOutside);
      document.removeEventListener("focusin", closeOutside);
      document.removeEventListener("keydown", closeOnEscape);
    };
  }, [isOpen]);
  return (
    <div className="menu" ref={box}>
      <Button ref={button} isNeutral isBasic aria-expanded={isOpen} aria-controls={listId} onClick={() => setOpen(!isOpen)}>
        <bdi>{open.label}</bdi>
        <Icon name="chevron" />
      </Button>
      <ul id={listId} hidden={!isOpen}>
        {open.links.map(({ key, label, url }) => (
          <li key={key}>
            <OutLink url={url} newTab={labels.opensNewTab}>
              {label}
            </OutLink>
          </li>
        ))}
      </ul>
    </div>
  );
}
