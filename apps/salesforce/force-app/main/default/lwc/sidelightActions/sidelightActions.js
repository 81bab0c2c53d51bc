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
import { revealControls } from "./revealControls.js";

/**
 * @typedef {import("@sidelight/panel/session/session.ts").PanelSession<import("c/sidelightTransport").RecordSubject>} Session
 * @typedef {Event & { currentTarget: HTMLInputElement }} FieldEvent
 * @typedef {import("./revealControls.js").RevealControl} RevealControl
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
  groupLabel = "";
  drafts = drafts;
  isNoteOpen = false;
  followUp = emptyFollowUp;
  revealReason = "";
  customer = "";
  /** The form that takes the focus when it is drawn. */
  focusForm = "";
  /** The button that takes the focus back when its form is gone. */
  focusButton = "";
  /** Of the reveal form: "customer", or a section. */
  revealPart = "customer";
  /** @type {Record<string, RevealControl>} */
  reveals = {};
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
    // The engine updates the value of an input, but not of a text area.
    const details = /** @type {HTMLTextAreaElement | null | undefined} */ (this.find("textarea"));
    if (details && details.value !== this.followUp.text) details.value = this.followUp.text;
    this.moveFocus();
  }

  moveFocus() {
    const { focusForm, focusButton, revealPart } = this;
    this.focusForm = "";
    if (focusForm === "note") {
      /** @type {(HTMLElement & { focusField(): void }) | null | undefined} */ (this.find("c-sidelight-notes"))?.focusField();
    } else if (focusForm) this.find(`[data-field="${fieldOf[focusForm]}"]`)?.focus();
    // A form whose action failed stays open, and keeps the focus.
    if (!focusButton || this.actions.state().open) return;
    this.focusButton = "";
    const part = focusButton === "reveal" ? `[data-part="${revealPart}"]` : "";
    const button = this.find(`[data-form="${focusButton}"]${part}`);
    if (button) button.focus();
    else if (part) this.dispatchEvent(new CustomEvent("returnfocus", { detail: revealPart }));
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
    const { state: panel, labels } = panelView(context, this.options, null);
    this.groupLabel = labels.actions;
    const values = state.revealed?.values ?? null;
    const shown = context && values ? withRevealed(context, values) : context;
    this.view = toActions(shown, this.options, { panel, host, state });
    this.heads = actionHeads(context, this.options, { panel, state, now: performance.now() });
    if (values !== this.shownValues) this.showValues(values);
    this.showReveals(revealControls(context, this.heads, state));
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

  /** Sections have their own buttons for their hidden values. @param {SidelightActions["reveals"]} reveals */
  showReveals(reveals) {
    if (JSON.stringify(reveals) === JSON.stringify(this.reveals)) return;
    this.reveals = reveals;
    this.dispatchEvent(new CustomEvent("reveals", { detail: reveals }));
  }

  /** The drafts of a customer are the person's own. @param {string} customer */
  showCustomer(customer) {
    if (customer === this.customer) return;
    this.customer = customer;
    this.isNoteOpen = false;
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
    else this.actions.open({ kind: "follow-up" });
  }

  /** @param {FieldEvent} event */
  toggleRevealForm({ currentTarget }) {
    this.toggleReveal(currentTarget.dataset.part ?? "");
  }

  /** Asks for a reason to reveal the hidden values of a part, or hides them again. @param {string} part "customer", or a section */
  @api
  toggleReveal(part) {
    const control = this.reveals[part];
    if (!control) return;
    this.revealPart = part;
    if (control.expanded === null) this.hide();
    else if (control.expanded === "true") this.close();
    else {
      this.isNoteOpen = this.isNoteOpen && part === "notes";
      this.revealReason = "";
      this.focusForm = "reveal";
      this.actions.open({ kind: "reveal", part, pointers: maskedPointers(this.session.state().context, part) });
    }
  }

  close() {
    const { open } = this.actions.state();
    if (open?.kind === "delete-note") return this.actions.close();
    // The reveal form of the notes is below them.
    if (open?.kind === "reveal" && open.part === "notes") {
      this.focusButton = "reveal";
      return this.actions.close();
    }
    this.focusButton = this.isNoteOpen ? "note" : (open?.kind ?? "");
    this.isNoteOpen = false;
    this.actions.close();
  }

  /** @param {KeyboardEvent} event */
  closeOnEscape({ key }) {
    if (key === "Escape") this.close();
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
    const { open } = this.actions.state();
    if (this.view.reveal.reveal.disabled || open?.kind !== "reveal") return;
    this.focusButton = "reveal";
    this.actions.take({ kind: "reveal", pointers: open.pointers, reason });
  }

  hide() {
    this.focusButton = "reveal";
    this.actions.hide();
  }

  get customerReveal() {
    return this.reveals.customer ?? null;
  }

  get customerRevealText() {
    return this.reveals.customer?.text ?? "";
  }

  get notesReveal() {
    return this.reveals.notes ?? null;
  }

  get isFollowUpOpen() {
    return this.actions.state().open?.kind === "follow-up";
  }

  get isRevealOpen() {
    return this.actions.state().open?.kind === "reveal";
  }

  /** Why the buttons are disabled; the same for most of them. */
  get reason() {
    return this.view.followUp.send.reason;
  }

  get counterFor() {
    const { options } = this;
    /** @param {number} length */
    return (length) => counterText(options, length, limits.note);
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

  /** The only owner there is; "" when there is a choice. */
  get onlyOwner() {
    const [owner, ...others] = this.owners;
    return owner && others.length === 0 ? owner.label : "";
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

  get sendDisabled() {
    return String(this.view.followUp.send.disabled);
  }

  get revealDisabled() {
    return String(this.view.reveal.reveal.disabled);
  }

  /** @param {string} kind */
  failureOf(kind) {
    return this.actions.state().failure?.kind === kind ? this.view.failure : "";
  }

  get noteFailure() {
    return this.failureOf("note");
  }

  get followUpFailure() {
    return this.failureOf("follow-up");
  }

  get revealFailure() {
    return this.failureOf("reveal");
  }

  /** Of the customer's pin. A note shows its own. */
  get pinFailure() {
    return this.view.notes.items.some(({ failure }) => failure) ? "" : this.failureOf("pin");
  }
}

/** The first field of each form. @type {Record<string, string>} */
const fieldOf = { "follow-up": "subject", reveal: "reason" };

/** Null where the browser blocks storage. */
function tabStorage() {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
}
