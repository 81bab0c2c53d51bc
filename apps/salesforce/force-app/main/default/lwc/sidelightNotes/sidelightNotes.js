import { limits } from "c/sidelightActionsModel";
import { api, LightningElement } from "lwc";

/** @typedef {Event & { currentTarget: HTMLInputElement }} FieldEvent */

/** The notes of a customer, each with its controls, and a field for a new one. */
export default class SidelightNotes extends LightningElement {
  /** @type {import("@sidelight/panel/actions/actions.ts").PanelActions} */
  @api actions;
  /** @type {import("@sidelight/panel/actions/toActions.ts").NotesView} */
  @api view;
  /** Of the person, by customer. @type {import("@sidelight/panel/actions/drafts.ts").Drafts} */
  @api drafts;
  /** How much room is left for a text of this length. @type {(length: number) => string} */
  @api counterFor;
  /** Why the last note was not added. */
  @api failure = "";
  @api isSending = false;
  text = "";
  customerId = "";
  /** The control that keeps the focus, also when its note moves in the list. */
  focusedControl = "";

  /** Id of the customer on screen. A draft belongs to one customer. */
  @api
  get customer() {
    return this.customerId;
  }
  set customer(customer) {
    this.customerId = customer;
    this.text = this.drafts.read("note", customer).body ?? "";
  }

  renderedCallback() {
    const field = this.field;
    // The engine updates the value of an input, but not of a text area.
    if (field && field.value !== this.text) field.value = this.text;
    if (!this.focusedControl || document.activeElement !== document.body) return;
    const [note, control] = this.focusedControl.split(" ");
    const button = this.template?.querySelector(`[data-note="${note}"][data-control="${control}"]`);
    if (button) /** @type {HTMLElement} */ (button).focus();
    else field?.focus();
  }

  /** @returns {HTMLTextAreaElement | null | undefined} */
  get field() {
    return this.template?.querySelector("textarea");
  }

  /** Puts the focus on the field for a new note. */
  @api
  focusField() {
    this.field?.focus();
  }

  get notes() {
    return this.view.items.map((note) => ({
      ...note,
      foot: [note.pinnedText, note.byline].filter(Boolean).join(" · "),
      isPressed: String(note.pin.isPressed),
      pinDisabled: String(note.pin.disabled),
      removeDisabled: String(note.remove?.disabled),
      canRemove: note.remove !== null && note.confirm === null,
    }));
  }

  get hasNoNotes() {
    return this.view.items.length === 0;
  }

  get counter() {
    return this.counterFor(this.text.trim().length);
  }

  get addDisabled() {
    return String(this.view.composer.add.disabled);
  }

  /** @param {FocusEvent & { target: HTMLElement }} event */
  keepFocus({ target }) {
    const { note, control } = target.dataset;
    this.focusedControl = note && control ? `${note} ${control}` : "";
  }

  /** @param {FieldEvent} event */
  change({ currentTarget }) {
    this.text = currentTarget.value;
    this.drafts.keep("note", this.customerId, { body: this.text });
  }

  async add() {
    const body = this.text.trim();
    if (body.length > limits.note || this.view.composer.add.disabled) return;
    const { customerId } = this;
    if (!(await this.actions.take({ kind: "note", body }))) return;
    this.drafts.remove("note", customerId);
    this.text = "";
  }

  /** Pins a note for everybody, or unpins it. @param {FieldEvent} event */
  togglePin({ currentTarget }) {
    const note = this.view.items.find(({ id }) => id === currentTarget.dataset.note);
    if (note && !note.pin.disabled) this.actions.take({ kind: "pin", isPinned: !note.pin.isPressed, note: note.id });
  }

  /** @param {FieldEvent} event */
  askToDelete({ currentTarget }) {
    const { note = "" } = currentTarget.dataset;
    if (this.view.items.find(({ id }) => id === note)?.remove?.disabled) return;
    this.focusedControl = `${note} confirm`;
    this.actions.open({ kind: "delete-note", note });
  }

  /** @param {FieldEvent} event */
  deleteNote({ currentTarget }) {
    const { note = "" } = currentTarget.dataset;
    if (!this.view.items.find(({ id }) => id === note)?.confirm?.confirm.disabled)
      this.actions.take({ kind: "delete-note", note });
  }

  /** @param {FieldEvent} event */
  keep({ currentTarget }) {
    this.focusedControl = `${currentTarget.dataset.note} delete`;
    this.actions.close();
  }
}
