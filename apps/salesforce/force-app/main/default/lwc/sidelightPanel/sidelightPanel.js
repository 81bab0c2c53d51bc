import canSetUp from "@salesforce/customPermission/Sidelight_Setup";
import locale from "@salesforce/i18n/locale";
import timeZone from "@salesforce/i18n/timeZone";
import failureText from "@salesforce/label/c.Sidelight_Render_Failed";
import setupHelp from "@salesforce/label/c.Sidelight_Setup_Help";
import { createAnnouncer, createMemory, createPanelSession, optionsOf, panelView, placeOf, systemClock } from "c/sidelightModel";
import { loadTexts } from "c/sidelightTexts";
import { createApexTransport } from "c/sidelightTransport";
import { registerRefreshHandler, unregisterRefreshHandler } from "lightning/refresh";
import { getRecord } from "lightning/uiRecordApi";
import { api, LightningElement, wire } from "lwc";

/**
 * Shared by the panels of this browser tab, so that a record that is opened again in another subtab shows its last answer at once. An
 * Apex method with `cacheable=true` would let the platform keep answers about customers, also in the storage of a device.
 */
const memory = createMemory(systemClock);

/** A component cannot hold a stream. In the window that the person works in, a change shows within four seconds. */
const pollMs = () => (document.hasFocus() ? 4_000 : 10_000);

/** Customer context beside a record: the component that an admin puts on a record page. */
export default class SidelightPanel extends LightningElement {
  record = { recordId: "", objectApiName: "" };
  session = createPanelSession({ transport: createApexTransport(), memory, pollMs });
  /** What the first screen does without; null until it is loaded.
   * @type {import("@sidelight/panel/scope.ts").Details | null} */
  details = null;
  /** Marks of what has just changed; null until they are loaded.
   * @type {import("@sidelight/panel/marks.ts").Marks | null} */
  marks = null;
  /** Shows what an open section contains.
   * @type {any} */
  contentPart = null;
  hasRequestedDetails = false;
  /** Cards of the company's own services; null until a layout names some.
   * @type {import("@sidelight/panel/cards/cards.ts").PanelCards | null} */
  cards = null;
  hasRequestedCards = false;
  view = panelView(null, this.options, null);
  /** Of the person's language; undefined for English and until they are loaded.
   * @type {import("@sidelight/panel/index.ts").Messages | undefined} */
  messages = undefined;
  /** Loaded on demand: few users correct a customer.
   * @type {any} */
  identityPart = null;
  isIdentityOpen = false;
  /** Loaded once the panel is filled.
   * @type {any} */
  actionsPart = null;
  /** Puts revealed values in place of their masks, while they are shown.
   * @type {((context: import("@sidelight/contracts/context/context.ts").Context) => import("@sidelight/contracts/context/context.ts").Context) | null} */
  overlay = null;
  /** Controls of hidden values, by section.
   * @type {Record<string, import("c/sidelightActions").RevealControl>} */
  reveals = {};
  isLoadingActions = false;
  hasFailed = false;
  failureText = failureText;
  announcer = createAnnouncer();
  announcement = "";
  /** The person used a control that may go: the focus moves to the heading then. */
  mayLoseFocus = false;
  /** "Wrong customer?" was closed last: the focus goes back to the button that opened it. */
  hasClosedIdentity = false;
  /** @type {{ id: string | undefined, modifiedAt: string } | null} */
  recordVersion = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  tickTimer;
  /** @type {number | undefined} */
  refreshHandler;
  /** False in a hidden subtab or outside the viewport. */
  isInViewport = true;
  /** @type {IntersectionObserver | undefined} */
  viewportObserver;
  onConnection = () => this.session.setOffline(!navigator.onLine);
  onVisibility = () => this.visibilityChanged();

  constructor() {
    super();
    this.session.subscribe(() => this.updateView());
    loadTexts(locale).then((messages) => {
      // English is built in.
      this.messages = messages ?? {};
      this.updateView();
    });
  }

  @api
  get recordId() {
    return this.record.recordId;
  }
  set recordId(recordId) {
    this.record = { ...this.record, recordId };
    this.showRecord();
  }

  @api
  get objectApiName() {
    return this.record.objectApiName;
  }
  set objectApiName(objectApiName) {
    this.record = { ...this.record, objectApiName };
    this.showRecord();
  }

  /** Watches the record's modification time, so that the panel reloads after an edit. */
  get watchedFields() {
    return this.record.objectApiName ? [`${this.record.objectApiName}.LastModifiedDate`] : undefined;
  }

  /** @param {{ data?: { id: string, lastModifiedDate?: string } }} answer */
  @wire(getRecord, { recordId: "$recordId", optionalFields: "$watchedFields" })
  recordChanged({ data }) {
    if (!data) return;
    const modifiedAt = data.lastModifiedDate ?? "";
    const previous = this.recordVersion;
    this.recordVersion = { id: data.id, modifiedAt };
    if (previous?.id === data.id && previous.modifiedAt !== modifiedAt) this.session.reload();
  }

  connectedCallback() {
    this.refreshHandler = registerRefreshHandler(this, () => this.session.refresh().then(() => true));
    window.addEventListener("online", this.onConnection);
    window.addEventListener("offline", this.onConnection);
    window.addEventListener("focus", this.onVisibility);
    document.addEventListener("visibilitychange", this.onVisibility);
    this.viewportObserver = new IntersectionObserver((entries) => {
      const wasInViewport = this.isInViewport;
      this.isInViewport = entries.at(-1)?.isIntersecting === true;
      if (wasInViewport !== this.isInViewport) this.visibilityChanged();
    });
    this.viewportObserver.observe(/** @type {Element} */ (this.template?.host));
    this.onConnection();
    this.visibilityChanged();
    this.showRecord();
  }

  disconnectedCallback() {
    if (this.refreshHandler !== undefined) unregisterRefreshHandler(this.refreshHandler);
    window.removeEventListener("online", this.onConnection);
    window.removeEventListener("offline", this.onConnection);
    window.removeEventListener("focus", this.onVisibility);
    document.removeEventListener("visibilitychange", this.onVisibility);
    this.viewportObserver?.disconnect();
    clearTimeout(this.tickTimer);
    this.marks?.stop();
    this.session.stop();
  }

  /** @param {unknown} error */
  errorCallback(error) {
    this.hasFailed = true;
    console.error("The Sidelight panel failed to render", error);
  }

  /** The page sets the record's id and its object name one after the other: waits for both. */
  async showRecord() {
    await Promise.resolve();
    const { recordId, objectApiName } = this.record;
    if (recordId && objectApiName) this.session.show({ key: `${objectApiName} ${recordId}`, objectApiName, recordId });
  }

  get options() {
    const { objectApiName, recordId } = this.record;
    return {
      ...optionsOf(this.session.state()),
      ...this.cards?.state(),
      locale,
      timeZone,
      messages: this.messages,
      now: Date.now(),
      place: placeOf(objectApiName),
      currentRecord: `salesforce.${objectApiName.toLowerCase()}:${recordId}`,
      admin: canSetUp === true,
    };
  }

  updateView() {
    clearTimeout(this.tickTimer);
    try {
      const { context } = this.session.state();
      this.marks?.show(context, this.options);
      const shown = context && this.overlay ? this.overlay(context) : context;
      const view = panelView(shown, this.options, this.details);
      this.view = withSetupHelp(this.marks?.mark(view) ?? view);
    } catch (error) {
      this.errorCallback(error);
      return;
    }
    this.announce();
    this.loadDetails();
    this.loadCards();
    this.loadActions();
    if (this.isConnected && !document.hidden) this.tickTimer = setTimeout(() => this.updateView(), this.view.tickIn);
  }

  announce() {
    const { phase, subject, context } = this.session.state();
    this.announcement = this.announcer.next({
      view: this.view,
      // Nothing is announced in English while another language loads.
      isSettled: this.messages !== undefined && phase === "settled",
      subject: `${subject?.recordId} ${context?.customer?.id}`,
      news: this.marks?.announcement() ?? "",
    });
  }

  /** A control that is gone cannot keep the focus. */
  renderedCallback() {
    if (!this.mayLoseFocus || this.view.state === "loading" || document.activeElement !== document.body) return;
    this.mayLoseFocus = false;
    const part = /** @type {(HTMLElement & { focusHeading(): void, focusChange?(): void }) | null | undefined} */ (
      this.template?.querySelector("c-sidelight-header, c-sidelight-notice")
    );
    if (this.hasClosedIdentity && part?.focusChange) part.focusChange();
    else part?.focusHeading();
  }

  visibilityChanged() {
    this.session.setVisible(this.isConnected && !document.hidden && this.isInViewport);
    this.updateView();
  }

  refresh() {
    this.session.refresh();
  }

  /** @param {CustomEvent<import("@sidelight/contracts/context/sections.ts").SectionName | "all">} event */
  retry(event) {
    const target = event.detail;
    this.mayLoseFocus = target === "all";
    if (this.cards?.has(target)) this.cards.retry(target);
    else this.session.retry(target);
  }

  /** @param {CustomEvent<string | null>} event a candidate's id; null undoes the choice, or opens and closes "Wrong customer?" */
  async choose({ detail }) {
    const { session } = this;
    const isChange = !detail && !session.state().candidate;
    this.hasClosedIdentity = isChange && this.isIdentityOpen;
    this.isIdentityOpen = isChange && !this.isIdentityOpen;
    this.mayLoseFocus = true;
    if (detail) session.choose(detail);
    else session.undoChoice();
    this.identityPart ??= (await import("c/sidelightIdentity")).default;
  }

  /** The content of closed sections, once the first values are on the screen. Without it the panel has headings and facts. */
  async loadDetails() {
    if (this.hasRequestedDetails || !this.session.state().context) return;
    this.hasRequestedDetails = true;
    try {
      const [{ details, createMarks }, content] = await Promise.all([
        import("c/sidelightDetailsModel"),
        import("c/sidelightContent"),
      ]);
      this.contentPart = content.default;
      this.details = details;
      this.marks = createMarks(systemClock, () => this.updateView());
      this.updateView();
    } catch {
      // Asked for again with the next answer.
      this.hasRequestedDetails = false;
    }
  }

  /** After the first screen has settled: most layouts name no cards. */
  async loadCards() {
    const { phase, layout } = this.session.state();
    if (this.hasRequestedCards || phase !== "settled" || !layout?.cards.length) return;
    this.hasRequestedCards = true;
    try {
      const { createRecordCards } = await import("c/sidelightCards");
      this.cards = createRecordCards(this.session);
      this.cards.subscribe(() => this.updateView());
      this.updateView();
    } catch {
      // Asked for again with the next answer.
      this.hasRequestedCards = false;
    }
  }

  /** Few customers need an action, so it is not among the first calls. */
  async loadActions() {
    const { phase, context } = this.session.state();
    if (this.actionsPart || this.isLoadingActions || phase !== "settled" || !context?.customer) return;
    this.isLoadingActions = true;
    this.actionsPart = (await import("c/sidelightActions")).default;
  }

  /** @param {CustomEvent<SidelightPanel["overlay"]>} event */
  showOverlay({ detail }) {
    this.overlay = detail;
    this.updateView();
  }

  /** @param {CustomEvent<SidelightPanel["reveals"]>} event */
  showReveals({ detail }) {
    this.reveals = detail;
  }

  /** @param {CustomEvent<string>} event the section whose button was used */
  toggleReveal({ detail }) {
    /** @type {(HTMLElement & { toggleReveal(part: string): void }) | null | undefined} */ (
      this.template?.querySelector("c-sidelight-actions")
    )?.toggleReveal(detail);
  }

  /** Gives the focus back to the button of a section. @param {CustomEvent<string>} event */
  focusReveal({ detail }) {
    this.partOf(detail)?.focusReveal();
  }

  /** @param {string} name */
  partOf(name) {
    const sections = /** @type {Iterable<HTMLElement & { reveal(): void, focusReveal(): void }>} */ (
      this.template?.querySelectorAll("c-sidelight-section") ?? []
    );
    return [...sections].find((section) => section.dataset.section === name);
  }

  /** For a part that reads more about the customer. @param {CustomEvent<(panel: import("c/sidelightList").PanelAccess) => void>} event */
  giveAccess({ detail }) {
    detail({ session: this.session, readOptions: () => this.options });
  }

  /** @param {CustomEvent<string>} event */
  revealSection(event) {
    this.partOf(event.detail)?.reveal();
  }

  get isBusy() {
    return this.session.state().phase !== "settled";
  }

  get busyText() {
    return String(this.isBusy);
  }

  get isLoading() {
    return this.view.state === "loading";
  }

  /** A person's header also has an e-mail address. */
  get skeletonClass() {
    return /^(Account|Opportunity)$/.test(this.record.objectApiName) ? "skeleton" : "skeleton person";
  }

  get bodyClass() {
    return this.isLoading && !this.session.state().hasSkeleton ? "invisible" : "";
  }

  /** Health is open, so on a wide page it has a column of its own. */
  get sectionsClass() {
    return this.view.sections[0]?.name === "health" ? "sections split" : "sections";
  }

  get hasFacts() {
    return this.view.facts.length > 0;
  }

  get retryLabel() {
    return this.view.sections.find(({ problem }) => problem)?.problem?.retryLabel ?? this.view.actions.refresh.label;
  }
}

/** Replaces the notice by this org's setup steps, for users who may set Sidelight up.
 * @param {import("@sidelight/panel/index.ts").PanelView} view */
function withSetupHelp(view) {
  if (view.state !== "unconfigured" || !view.notice || !canSetUp) return view;
  return { ...view, notice: { ...view.notice, text: setupHelp } };
}
