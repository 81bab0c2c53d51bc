import change from "@salesforce/apex/SidelightIdentity.change";
import getIdentity from "@salesforce/apex/SidelightIdentity.getIdentity";
import locale from "@salesforce/i18n/locale";
import timeZone from "@salesforce/i18n/timeZone";
import { createIdentity, toIdentity } from "c/sidelightIdentityModel";
import { optionsOf, placeOf } from "c/sidelightModel";
import { api, LightningElement } from "lwc";

/**
 * @typedef {import("@sidelight/panel/session/session.ts").PanelSession<import("c/sidelightTransport").RecordSubject>} Session
 * @typedef {import("@sidelight/panel/identity/toIdentity.ts").IdentityAction} IdentityAction
 */

/** Corrects the customer of the record: what was chosen or decided, and the part "Wrong customer?". Loaded on demand. */
export default class SidelightIdentity extends LightningElement {
  /** @type {Session} */
  @api session;
  /** @type {import("@sidelight/panel/index.ts").Messages | undefined} */
  @api messages;
  /** @type {import("@sidelight/panel/identity/toIdentity.ts").IdentityView} */
  view = { notice: null, failure: "", part: null };
  /** @type {import("@sidelight/panel/identity/identity.ts").PanelIdentity} */
  identity;
  isRequested = false;
  hadPart = false;
  /** @type {(() => void)[]} */
  subscriptions = [];

  /** True opens the part, false closes it. */
  @api
  get isOpen() {
    return this.isRequested;
  }
  set isOpen(isOpen) {
    this.isRequested = isOpen;
    this.followRequest();
  }

  connectedCallback() {
    this.identity = createIdentity({ session: this.session, loadTransport: async () => createApexIdentity() });
    const update = () => this.updateView();
    this.subscriptions = [this.identity.subscribe(update), this.session.subscribe(update), () => this.identity.stop()];
    this.followRequest();
    update();
  }

  disconnectedCallback() {
    for (const end of this.subscriptions) end();
  }

  renderedCallback() {
    const part = /** @type {HTMLElement | null | undefined} */ (this.template?.querySelector(".part"));
    if (part && !this.hadPart) part.focus();
    this.hadPart = Boolean(part);
  }

  followRequest() {
    if (!this.identity || this.identity.state().isOpen === this.isRequested) return;
    if (this.isRequested) this.identity.open();
    else this.identity.close();
  }

  updateView() {
    const state = this.session.state();
    const place = placeOf(state.subject?.objectApiName ?? "");
    this.view = toIdentity(
      state.context,
      { ...optionsOf(state), locale, timeZone, messages: this.messages, now: Date.now(), place },
      this.identity.state(),
    );
    if (this.isRequested && !this.identity.state().isOpen) this.close();
  }

  close() {
    this.isRequested = false;
    this.dispatchEvent(new CustomEvent("choose", { detail: null, bubbles: true, composed: true }));
  }

  /** @param {KeyboardEvent} event */
  closeOnEscape({ key }) {
    if (key === "Escape") this.close();
  }

  /** @param {IdentityAction | null | undefined} action */
  run(action) {
    if (action && !action.disabled) this.identity.change(action.command);
  }

  runNotice() {
    this.run(this.view.notice?.action);
  }

  reject() {
    this.run(this.view.part?.reject);
  }

  /** @param {Event & { currentTarget: HTMLElement }} event */
  useOther({ currentTarget }) {
    this.run(this.others.find(({ id }) => id === currentTarget.dataset.key)?.use);
  }

  /** @param {Event & { currentTarget: HTMLElement }} event */
  undoDecision({ currentTarget }) {
    this.run(this.decisions.find(({ key }) => key === currentTarget.dataset.key)?.undo);
  }

  get noticeDisabled() {
    return String(this.view.notice?.action?.disabled);
  }

  get noticeReason() {
    return this.view.notice?.action?.reason;
  }

  get rejectDisabled() {
    return String(this.view.part?.reject.disabled);
  }

  get hasReasons() {
    return (this.view.part?.why.items.length ?? 0) > 0;
  }

  get others() {
    return (this.view.part?.others.items ?? []).map((item) => ({ ...item, disabledText: String(item.use.disabled) }));
  }

  get hasOthers() {
    return this.others.length > 0;
  }

  get decisions() {
    return (this.view.part?.decisions.items ?? []).map((item) => ({ ...item, disabledText: String(item.undo?.disabled) }));
  }

  get hasDecisions() {
    return this.decisions.length > 0;
  }
}

/** Apex finds the customer by the record, and accepts only what the API offers for it.
 * @returns {import("@sidelight/panel/identity/transport.ts").IdentityTransport<import("c/sidelightTransport").RecordSubject>} */
function createApexIdentity() {
  return {
    getIdentity: ({ subject }) => settled(getIdentity(recordOf(subject))),
    change: async ({ subject }, command, idempotencyKey) => {
      const target = command.kind === "link" ? command.to : null;
      const decisions = command.kind === "undo" ? [...command.decisions] : [];
      const result = await settled(change({ ...recordOf(subject), kind: command.kind, target, decisions, idempotencyKey }));
      return "code" in result ? result : { value: result.value.decisions.map(idOf) };
    },
  };
}

/** @param {{ id: string }} decision */
const idOf = ({ id }) => id;

/** @param {import("c/sidelightTransport").RecordSubject} subject */
const recordOf = ({ objectApiName, recordId }) => ({ objectApiName, recordId });

/** @param {Promise<{ status: number, body?: string | null }>} call @returns {Promise<{ value: any } | { code: any }>} */
async function settled(call) {
  try {
    const { status, body } = await call;
    const content = body ? JSON.parse(body) : null;
    if (status === 200 && content) return { value: content };
    return { code: content?.code ?? "network" };
  } catch (error) {
    return { code: codeOf(error) };
  }
}

/** Our Apex fails with `{"code": …}`. @param {any} error */
function codeOf(error) {
  try {
    return JSON.parse(error.body.message).code;
  } catch {
    return "network";
  }
}
