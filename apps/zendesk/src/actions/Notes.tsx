import type { PanelActions } from "@sidelight/panel/actions/actions.ts";
import type { Drafts } from "@sidelight/panel/actions/drafts.ts";
import type { ActionsView, NoteView } from "@sidelight/panel/actions/toActions.ts";
import { Button } from "@zendeskgarden/react-buttons";
import { Field, Textarea } from "@zendeskgarden/react-forms";
import { useRef } from "react";
import { useFocusReturn } from "../ui/focus.ts";
import { GardenTheme } from "../ui/GardenTheme.tsx";
import { FormFoot } from "./FormFoot.tsx";
import { useDraft } from "./useDraft.ts";

export interface NotesProps {
  actions: PanelActions;
  view: ActionsView;
  drafts: Drafts;
  /** Id of the customer on screen. */
  customer: string;
  /** What failed, if the last action failed. */
  failedKind: string | undefined;
  counter: (length: number) => string;
}

/** The notes of a customer, and a field for a new one. */
export function Notes({ actions, view, drafts, customer, failedKind, counter }: NotesProps) {
  const { notes } = view;
  return (
    <GardenTheme>
      <div className="notes">
        {notes.items.length === 0 && <p className="quiet small">{notes.emptyText}</p>}
        <ul aria-label={notes.label}>
          {notes.items.map((note) => (
            <NoteItem key={note.id} note={note} actions={actions} failure={failedKind === "delete-note" ? view.failure : ""} />
          ))}
        </ul>
        <Composer
          composer={notes.composer}
          actions={actions}
          drafts={drafts}
          customer={customer}
          counter={counter}
          isSending={view.isSending}
          failure={failedKind === "note" ? view.failure : ""}
        />
      </div>
    </GardenTheme>
  );
}

function NoteItem({ note, actions, failure }: { note: NoteView; actions: PanelActions; failure: string }) {
  const { remove, confirm } = note;
  return (
    <li className="note">
      <p className="note-body">
        <bdi>{note.body}</bdi>
      </p>
      <p className="note-foot quiet small">
        <bdi>{[note.pinnedText, note.byline].filter(Boolean).join(" · ")}</bdi>
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
      </p>
      {confirm && <Confirm noteId={note.id} confirm={confirm} actions={actions} failure={failure} />}
    </li>
  );
}

interface ConfirmProps {
  noteId: string;
  confirm: NonNullable<NoteView["confirm"]>;
  actions: PanelActions;
  failure: string;
}

function Confirm({ noteId, confirm, actions, failure }: ConfirmProps) {
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
      {failure && (
        <p role="alert" className="small tone-danger">
          <bdi>{failure}</bdi>
        </p>
      )}
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

interface ComposerProps extends Omit<NotesProps, "view" | "failedKind"> {
  composer: ActionsView["notes"]["composer"];
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
