import type { PanelActions } from "@sidelight/panel/actions/actions.ts";
import type { Drafts } from "@sidelight/panel/actions/drafts.ts";
import { type ActionsView, counterText, type NoteView, toActions } from "@sidelight/panel/actions/toActions.ts";
import { Button } from "@zendeskgarden/react-buttons";
import { Field, Textarea } from "@zendeskgarden/react-forms";
import { useRef } from "react";
import { useFocusReturn } from "../ui/focus.ts";
import { GardenTheme } from "../ui/GardenTheme.tsx";
import { Icon } from "../ui/Icon.tsx";
import type { ActionPartProps } from "./ActionForms.tsx";
import { draftsOf } from "./drafts.ts";
import { FormFoot } from "./FormFoot.tsx";
import { useDraft } from "./useDraft.ts";

/** The notes of a customer, and a field for a new one. */
export function Notes({ binding, panel, context, options }: ActionPartProps) {
  const { actions, state, host } = binding;
  const view = toActions(context, options, { panel, host, state });
  const { notes } = view;
  return (
    <GardenTheme>
      <div className="notes">
        {notes.items.length === 0 && <p className="quiet small">{notes.emptyText}</p>}
        <ul aria-label={notes.label}>
          {notes.items.map((note) => (
            <NoteItem key={note.id} note={note} actions={actions} />
          ))}
        </ul>
        <Composer
          composer={notes.composer}
          actions={actions}
          drafts={draftsOf(host.person)}
          customer={context?.customer?.id ?? ""}
          counter={(length) => counterText(options, length, notes.composer.maxLength)}
          isSending={view.isSending}
          failure={state.failure?.kind === "note" ? view.failure : ""}
        />
      </div>
    </GardenTheme>
  );
}

function NoteItem({ note, actions }: { note: NoteView; actions: PanelActions }) {
  const { pin, remove, confirm, failure } = note;
  return (
    <li className="note">
      <p className="note-body">
        <bdi>{note.body}</bdi>
      </p>
      <div className="note-foot quiet small">
        <bdi>{[note.pinnedText, note.byline].filter(Boolean).join(" · ")}</bdi>
        <span className="note-controls">
          <button
            type="button"
            className="link note-pin"
            data-action={`pin-${note.id}`}
            aria-label={pin.name}
            aria-pressed={pin.isPressed}
            aria-disabled={pin.disabled}
            title={pin.reason || undefined}
            onClick={() => pin.disabled || void actions.take({ kind: "pin", isPinned: !pin.isPressed, note: note.id })}
          >
            <Icon name="pin" /> {pin.label}
          </button>
          {remove && !confirm && (
            <button
              type="button"
              className="link"
              data-action={`delete-${note.id}`}
              aria-label={remove.name}
              aria-disabled={remove.disabled}
              title={remove.reason || undefined}
              onClick={() => remove.disabled || actions.open({ kind: "delete-note", note: note.id })}
            >
              {remove.label}
            </button>
          )}
        </span>
      </div>
      {confirm && <Confirm noteId={note.id} confirm={confirm} actions={actions} />}
      {failure && (
        <p role="alert" className="small tone-danger">
          <bdi>{failure}</bdi>
        </p>
      )}
    </li>
  );
}

interface ConfirmProps {
  noteId: string;
  confirm: NonNullable<NoteView["confirm"]>;
  actions: PanelActions;
}

function Confirm({ noteId, confirm, actions }: ConfirmProps) {
  const box = useRef<HTMLFieldSetElement>(null);
  useFocusReturn(box, `[data-action="delete-${noteId}"], #section-notes`);
  return (
    <fieldset
      ref={box}
      className="note-confirm"
      aria-label={confirm.question}
      onKeyDown={(event) => event.key === "Escape" && actions.close()}
    >
      <p className="small">{confirm.question}</p>
      <div className="insert-actions">
        <Button
          size="small"
          isDanger
          ref={(button: HTMLButtonElement | null) => focusOnce(button)}
          aria-disabled={confirm.confirm.disabled}
          onClick={() => confirm.confirm.disabled || void actions.take({ kind: "delete-note", note: noteId })}
        >
          {confirm.confirm.label}
        </Button>
        <Button size="small" isNeutral onClick={actions.close}>
          {confirm.keep}
        </Button>
      </div>
      {confirm.confirm.reason && <p className="quiet small">{confirm.confirm.reason}</p>}
    </fieldset>
  );
}

const focusedButtons = new WeakSet<HTMLElement>();

/** Moves the focus to a button when it appears. */
function focusOnce(button: HTMLElement | null): void {
  if (!button || focusedButtons.has(button)) return;
  focusedButtons.add(button);
  button.focus();
}

interface ComposerProps {
  composer: ActionsView["notes"]["composer"];
  actions: PanelActions;
  drafts: Drafts;
  /** Id of the customer on screen. */
  customer: string;
  counter: (length: number) => string;
  isSending: boolean;
  failure: string;
}

function Composer({ composer, actions, drafts, customer, counter, isSending, failure }: ComposerProps) {
  const { fields, change, clear } = useDraft(drafts, "note", customer, { body: "" });
  const body = fields.body.trim();
  const isTooLong = body.length > composer.maxLength;
  const counterText = counter(body.length);
  const add = async () => {
    if (isTooLong) return;
    if (await actions.take({ kind: "note", body })) clear();
  };
  return (
    <div className="composer">
      <Field>
        <Field.Label>{composer.label}</Field.Label>
        <Field.Hint>{composer.hint}</Field.Hint>
        <Textarea
          isCompact
          rows={2}
          readOnly={isSending}
          value={fields.body}
          {...(isTooLong && { validation: "error" as const })}
          onChange={(event) => change({ body: event.target.value })}
        />
        {counterText && <Field.Message {...(isTooLong && { validation: "error" as const })}>{counterText}</Field.Message>}
      </Field>
      <FormFoot action={composer.add} failure={failure} onAct={() => void add()} />
    </div>
  );
}
