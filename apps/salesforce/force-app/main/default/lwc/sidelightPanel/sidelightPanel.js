import canSetUp from "@salesforce/customPermission/Sidelight_Setup";
import locale from "@salesforce/i18n/locale";
import timeZone from "@salesforce/i18n/timeZone";
import brokenText from "@salesforce/label/c.Sidelight_Broken";
import setupHelp from "@salesforce/label/c.Sidelight_Setup_Help";
import { toPanel } from "c/sidelightModel";
import { createStory } from "c/sidelightStory";
import { registerRefreshHandler, unregisterRefreshHandler } from "lightning/refresh";
import { getRecord } from "lightning/uiRecordApi";
import { api, LightningElement, wire } from "lwc";

/** A skeleton sooner than this would only flicker. */
const skeletonAfterMs = 200;
/** Somebody who comes back to the tab after this long wants to know what happened meanwhile. */
const catchUpAfterMs = 120_000;

/** A customer's whole story beside the record. */
export default class SidelightPanel extends LightningElement {
  shown = { recordId: "", objectApiName: "" };
  story = createStory(() => this.draw());
  view = toPanel(null, this.options);
  failed = false;
  brokenText = brokenText;
  slow = false;
  announcement = "";
  /** @type {string | null} */
  announced = null;
  /** @type {{ id: string | undefined, at: string } | null} */
  seen = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  ticking;
  /** @type {number | undefined} */
  refreshHandler;
  onConnection = () => this.connectionChanged();
  onVisibility = () => this.visibilityChanged();

  @api
  get recordId() {
    return this.shown.recordId;
  }
  set recordId(recordId) {
    this.shown = { ...this.shown, recordId };
    this.follow();
  }

  @api
  get objectApiName() {
    return this.shown.objectApiName;
  }
  set objectApiName(objectApiName) {
    this.shown = { ...this.shown, objectApiName };
    this.follow();
  }

  /** The record itself, so that the panel follows when somebody edits it. */
  get watched() {
    return this.shown.objectApiName ? [`${this.shown.objectApiName}.LastModifiedDate`] : undefined;
  }

  /** @param {{ data?: { id: string, lastModifiedDate?: string } }} answer */
  @wire(getRecord, { recordId: "$recordId", optionalFields: "$watched" })
  recordChanged({ data }) {
    if (!data) return;
    const at = data.lastModifiedDate ?? "";
    const changed = this.seen !== null && this.seen.id === data.id && this.seen.at !== at;
    this.seen = { id: data.id, at };
    if (changed) this.story.reload();
  }

  connectedCallback() {
    this.refreshHandler = registerRefreshHandler(this, () => this.story.refresh().then(() => true));
    window.addEventListener("online", this.onConnection);
    window.addEventListener("offline", this.onConnection);
    document.addEventListener("visibilitychange", this.onVisibility);
    setTimeout(() => {
      this.slow = true;
    }, skeletonAfterMs);
    this.follow();
  }

  disconnectedCallback() {
    if (this.refreshHandler !== undefined) unregisterRefreshHandler(this.refreshHandler);
    window.removeEventListener("online", this.onConnection);
    window.removeEventListener("offline", this.onConnection);
    document.removeEventListener("visibilitychange", this.onVisibility);
    clearTimeout(this.ticking);
    this.story.stop();
  }

  /** @param {unknown} error */
  errorCallback(error) {
    this.failed = true;
    console.error("Sidelight could not be drawn", error);
  }

  /** Once the page has handed over both the record's id and its object, and somebody is looking. */
  async follow() {
    await Promise.resolve();
    const { recordId, objectApiName } = this.shown;
    if (!this.isConnected || document.hidden || !recordId || !objectApiName || this.story.now.subject?.recordId === recordId)
      return;
    this.story.show({ recordId, objectApiName, candidate: null });
  }

  get options() {
    const { now: story } = this.story;
    return {
      locale,
      timeZone,
      now: Date.now(),
      place: /** @type {import("@sidelight/shared/panel/index.ts").Place} */ (
        `salesforce.${(this.shown.objectApiName || "account").toLowerCase()}`
      ),
      currentRecordId: this.shown.recordId,
      phase: story.phase,
      updating: story.updating,
      offline: navigator.onLine === false,
      problem: story.problem,
      setup: story.setup,
      admin: canSetUp === true,
      chosen: Boolean(story.subject?.candidate),
      refreshAllowedAt: story.refreshAllowedAt,
      requestId: story.requestId,
    };
  }

  draw() {
    clearTimeout(this.ticking);
    try {
      this.view = withSetupHelp(toPanel(this.story.now.context, this.options));
    } catch (error) {
      this.errorCallback(error);
      return;
    }
    this.announce();
    if (this.isConnected && !document.hidden) this.ticking = setTimeout(() => this.tick(), this.view.tickIn);
  }

  tick() {
    const { problem } = this.story.now;
    if (problem?.code === "rate_limited" && (problem.retryAt ?? 0) <= Date.now()) this.story.reload();
    else this.draw();
  }

  /** Once when a customer has settled, not with every age that grows. */
  announce() {
    if (this.story.now.phase !== "settled") return;
    const what = `${this.story.now.subject?.recordId} ${this.view.state} ${this.story.now.context?.customer?.id}`;
    if (what === this.announced) return;
    this.announced = what;
    this.announcement = this.view.announcement;
  }

  connectionChanged() {
    if (navigator.onLine) this.story.reload();
    else this.draw();
  }

  visibilityChanged() {
    if (document.hidden) {
      clearTimeout(this.ticking);
      return;
    }
    if (this.story.now.subject?.recordId !== this.shown.recordId) this.follow();
    else if (Date.now() - this.story.now.askedAt > catchUpAfterMs) this.story.reload();
    else this.draw();
  }

  refresh() {
    this.story.refresh();
  }

  /** @param {CustomEvent<import("@sidelight/shared/context/sections.ts").SectionName | "all">} event */
  retry(event) {
    this.story.retry(event.detail);
  }

  /** @param {CustomEvent<string | null>} event a candidate's id, or null to undo the choice */
  choose(event) {
    const { subject } = this.story.now;
    if (subject) this.story.show({ ...subject, candidate: event.detail });
  }

  /** @param {CustomEvent<string>} event */
  reveal(event) {
    const sections = /** @type {Iterable<HTMLElement & { reveal(): void }>} */ (
      this.template?.querySelectorAll("c-sidelight-section") ?? []
    );
    for (const section of sections) if (section.dataset.section === event.detail) section.reveal();
  }

  get busy() {
    return this.story.now.phase !== "settled";
  }

  get busyText() {
    return String(this.busy);
  }

  get loading() {
    return this.view.state === "loading";
  }

  /** A person's header has an e-mail address more. */
  get skeletonClass() {
    return /^(Account|Opportunity)$/.test(this.shown.objectApiName) ? "skeleton" : "skeleton person";
  }

  get bodyClass() {
    return this.loading && !this.slow ? "early" : "";
  }

  get hasFacts() {
    return this.view.facts.length > 0;
  }

  get retryLabel() {
    return this.view.sections.find(({ problem }) => problem)?.problem?.retryLabel ?? this.view.actions.refresh.label;
  }
}

/** Where to look in this org's Setup, for who may look there.
 * @param {import("@sidelight/shared/panel/index.ts").PanelView} view */
function withSetupHelp(view) {
  if (view.state !== "unconfigured" || !view.notice || !canSetUp) return view;
  return { ...view, notice: { ...view.notice, text: setupHelp } };
}
