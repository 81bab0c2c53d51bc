import locale from "@salesforce/i18n/locale";
import timeZone from "@salesforce/i18n/timeZone";
import userId from "@salesforce/user/Id";
import {
  actionHeads,
  counterText,
  createActions,
  createDrafts,
  limits,
  localDay,
  maskedPointers,
  toActions,
  withRevealed,
} from "c/sidelightActionsModel";
import { optionsOf, panelView, placeOf } from "c/sidelightModel";
import { NavigationMixin } from "lightning/navigation";
import { encodeDefaultFieldValues } from "lightning/pageReferenceUtils";
import { api, LightningElement } from "lwc";
import { createApexActions } from "./apexActions.js";

/**
 * @typedef {import("@sidelight/panel/session/session.ts").PanelSession<import("c/sidelightTransport").RecordSubject>} Session
 * @typedef {Event & { currentTarget: HTMLInputElement }} FieldEvent
 */

const person = userId ? `salesforce.user:${userId}` : null;
const host = { person, targets: ["salesforce"] };
const drafts = createDrafts(tabStorage(), person ?? "");
const emptyFollowUp = { subject: "", text: "", dueDate: "", owner: "" };

/** Notes, follow-ups, pins and reveals of the record's customer. Loaded once the panel is filled. */
export default class SidelightActions extends NavigationMixin(LightningElement) {
  /** @type {Session} */
  @api session;
  /** @type {import("@sidelight/panel/index.ts").Messages | undefined} */
  @api messages;
  /** @type {import("@sidelight/panel/actions/actions.ts").PanelActions} */
  actions;
  /** @type {import("@sidelight/panel/actions/toActions.ts").ActionsView} */
  view;
  /** @type {import("@sidelight/panel/actions/heads.ts").ActionHeads} */
  heads;
  limits = limits;
  isNoteOpen = false;
  noteText = "";
  followUp = emptyFollowUp;
  revealReason = "";
  customer = "";
  /** The form that takes the focus when it is drawn. */
  focusForm = "";
  /** The button that takes the focus back when its form is gone. */
  focusButton = "";
  /** @type {import("@sidelight/panel/actions/overlay.ts").RevealedByPointer | null} */
  shownValues = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  tickTimer;
  /** @type {(() => void)[]} */
  subscriptions = [];

  connectedCallback() {
    this.actions = createActions({ session: this.session, loadTransport: async () => createApexActions() });
    const update = () => this.updateView();
    this.subscriptions = [this.actions.subscribe(update), this.session.subscribe(update), () => this.actions.stop()];
    update();
  }

  /** A call of its own, so only for a person who is about to act. */
  loadPins() {
    this.actions.loadPins();
  }

  disconnectedCallback() {
    clearTimeout(this.tickTimer);
    for (const end of this.subscriptions) end();
  }

  renderedCallback() {
    this.fill("note", this.noteText);
    this.fill("text", this.followUp.text);
    if (this.focusForm) this.find(`[data-field="${fieldOf[this.focusForm]}"]`)?.focus();
    this.focusForm = "";
    // A form whose action failed stays open, and keeps the focus.
    if (!this.focusButton || this.actions.state().open) return;
    this.find(`[data-form="${this.focusButton}"]`)?.focus();
    this.focusButton = "";
  }

  /** The engine updates the value of an input, but not of a text area. @param {string} field @param {string} text */
  fill(field, text) {
    const area = /** @type {HTMLTextAreaElement | null | undefined} */ (this.find(`textarea[data-field="${field}"]`));
    if (area && area.value !== text) area.value = text;
  }

  /** @param {string} selector @returns {HTMLElement | null | undefined} */
  find(selector) {
    return this.template?.querySelector(selector);
  }

  updateView() {
    clearTimeout(this.tickTimer);
    const session = this.session.state();
    const state = this.actions.state();
    const { context } = session;
    this.showCustomer(context?.customer?.id ?? "");
    const panel = panelView(context, this.options, null).state;
    this.view = toActions(context, this.options, { panel, host, state });
    this.heads = actionHeads(context, this.options, { panel, state, now: performance.now() });
    const values = state.revealed?.values ?? null;
    if (values !== this.shownValues) this.showValues(values);
    if (values) this.tickTimer = setTimeout(() => this.updateView(), 1_000);
  }

  get options() {
    const state = this.session.state();
    const place = placeOf(state.subject?.objectApiName ?? "");
    return { ...optionsOf(state), locale, timeZone, messages: this.messages, now: Date.now(), place };
  }

  /** The panel shows the values in place of their masks.
   * @param {import("@sidelight/panel/actions/overlay.ts").RevealedByPointer | null} values */
  showValues(values) {
    this.shownValues = values;
    /** @param {import("@sidelight/contracts/context/context.ts").Context} context */
    const overlay = (context) => withRevealed(context, values ?? {});
    this.dispatchEvent(new CustomEvent("overlay", { detail: values && overlay }));
  }

  /** The drafts of a customer are the person's own. @param {string} customer */
  showCustomer(customer) {
    if (customer === this.customer) return;
    this.customer = customer;
    this.isNoteOpen = false;
    this.noteText = drafts.read("note", customer).body ?? "";
    this.followUp = { ...emptyFollowUp, ...drafts.read("follow-up", customer) };
  }

  /** @param {FieldEvent} event */
  toggleForm({ currentTarget }) {
    const form = currentTarget.dataset.form ?? "";
    const { open } = this.actions.state();
    if (currentTarget.getAttribute("aria-disabled") === "true") return;
    const isOpen = form === "note" ? this.isNoteOpen : open?.kind === form;
    this.isNoteOpen = form === "note" && !isOpen;
    this.focusForm = isOpen ? "" : form;
    if (isOpen || form === "note") this.actions.close();
    else if (form === "reveal") this.actions.open({ kind: "reveal", part: "customer", pointers: this.pointers });
    else this.actions.open({ kind: "follow-up" });
  }

  close() {
    const { open } = this.actions.state();
    if (open?.kind === "delete-note") return this.actions.close();
    this.focusButton = this.isNoteOpen ? "note" : (open?.kind ?? "");
    this.isNoteOpen = false;
    this.actions.close();
  }

  /** @param {KeyboardEvent} event */
  closeOnEscape({ key }) {
    if (key === "Escape") this.close();
  }

  /** @param {FieldEvent} event */
  changeNote({ currentTarget }) {
    this.noteText = currentTarget.value;
    drafts.keep("note", this.customer, { body: this.noteText });
  }

  async addNote() {
    const body = this.noteText.trim();
    if (body.length > limits.note || this.view.notes.composer.add.disabled) return;
    const { customer } = this;
    if (!(await this.actions.take({ kind: "note", body }))) return;
    drafts.remove("note", customer);
    this.noteText = "";
  }

  /** @param {FieldEvent} event */
  askToDelete({ currentTarget }) {
    this.actions.open({ kind: "delete-note", note: currentTarget.dataset.note ?? "" });
  }

  /** @param {FieldEvent} event */
  deleteNote({ currentTarget }) {
    this.actions.take({ kind: "delete-note", note: currentTarget.dataset.note ?? "" });
  }

  /** @param {FieldEvent} event */
  changeFollowUp({ currentTarget }) {
    this.followUp = { ...this.followUp, [currentTarget.dataset.field ?? ""]: currentTarget.value };
    drafts.keep("follow-up", this.customer, this.followUp);
  }

  async send() {
    const subject = this.followUp.subject.trim();
    if (this.view.followUp.send.disabled) return;
    const { customer, dueDate } = this;
    const owner = this.owners.find(({ selected }) => selected)?.key || null;
    const text = this.followUp.text.trim();
    this.focusButton = "follow-up";
    if (!(await this.actions.take({ kind: "follow-up", platform: "salesforce", owner, subject, text, dueDate }))) return;
    drafts.remove("follow-up", customer);
    this.followUp = emptyFollowUp;
  }

  /** Salesforce's own form for a task, filled in. */
  openTask() {
    if (this.heads.newTask.disabled) return;
    const { subject } = this.session.state();
    if (!subject) return;
    const isPerson = subject.objectApiName === "Contact" || subject.objectApiName === "Lead";
    const values = {
      Subject: this.followUp.subject.trim() || this.view.followUp.title,
      ActivityDate: this.dueDate,
      [isPerson ? "WhoId" : "WhatId"]: subject.recordId,
    };
    this[NavigationMixin.Navigate]({
      type: "standard__objectPage",
      attributes: { objectApiName: "Task", actionName: "new" },
      state: { defaultFieldValues: encodeDefaultFieldValues(values) },
    });
  }

  togglePin() {
    const { pin } = this.heads;
    if (!pin.disabled) this.actions.take({ kind: "pin", isPinned: !pin.isPressed });
  }

  /** @param {FieldEvent} event */
  changeReason({ currentTarget }) {
    this.revealReason = currentTarget.value;
  }

  reveal() {
    const reason = this.revealReason.trim();
    if (this.view.reveal.reveal.disabled) return;
    this.focusButton = "reveal";
    this.actions.take({ kind: "reveal", pointers: this.pointers, reason });
  }

  hide() {
    this.focusButton = "reveal";
    this.actions.hide();
  }

  /** All masked values of the customer; one reveal shows at most twenty. */
  get pointers() {
    const { context } = this.session.state();
    return maskedPointers(context, "customer");
  }

  get canReveal() {
    return this.heads.reveal !== null && this.pointers.length > 0;
  }

  get isFollowUpOpen() {
    return this.actions.state().open?.kind === "follow-up";
  }

  get isRevealOpen() {
    return this.actions.state().open?.kind === "reveal";
  }

  get notesLabel() {
    return this.view.followUp.title;
  }

  /** Why the buttons are disabled; the same for most of them. */
  get reason() {
    return this.view.followUp.send.reason;
  }

  get notes() {
    return this.view.notes.items.map((note) => ({
      ...note,
      foot: [note.pinnedText, note.byline].filter(Boolean).join(" · "),
      canRemove: note.remove !== null && note.confirm === null,
    }));
  }

  get hasNoNotes() {
    return this.view.notes.items.length === 0;
  }

  get counter() {
    return counterText(this.options, this.noteText.trim().length, limits.note);
  }

  get today() {
    return localDay(Date.now(), timeZone);
  }

  get dueDate() {
    return this.followUp.dueDate || localDay(Date.now(), timeZone, 1);
  }

  get owners() {
    const owners = this.view.followUp.targets[0]?.owners ?? [];
    const chosen = owners.some(({ ref }) => (ref ?? "") === this.followUp.owner) ? this.followUp.owner : (owners[0]?.ref ?? "");
    return owners.map(({ ref, label }) => ({ key: ref ?? "", label, selected: (ref ?? "") === chosen }));
  }

  get hasOwners() {
    return this.owners.length > 0;
  }

  get followUpDisabled() {
    return String(this.view.followUp.send.disabled);
  }

  get newTaskDisabled() {
    return String(this.heads.newTask.disabled);
  }

  get pinDisabled() {
    return String(this.heads.pin.disabled);
  }

  get addDisabled() {
    return String(this.view.notes.composer.add.disabled);
  }

  get sendDisabled() {
    return String(this.view.followUp.send.disabled);
  }

  get revealDisabled() {
    return String(this.view.reveal.reveal.disabled);
  }

  /** @param {string[]} kinds */
  failureOf(...kinds) {
    return kinds.includes(this.actions.state().failure?.kind ?? "") ? this.view.failure : "";
  }

  get noteFailure() {
    return this.failureOf("note", "delete-note");
  }

  get followUpFailure() {
    return this.failureOf("follow-up");
  }

  get revealFailure() {
    return this.failureOf("reveal");
  }

  get pinFailure() {
    return this.failureOf("pin");
  }
}

/** The first field of each form. @type {Record<string, string>} */
const fieldOf = { note: "note", "follow-up": "subject", reveal: "reason" };

/** Null where the browser blocks storage. */
function tabStorage() {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
}
