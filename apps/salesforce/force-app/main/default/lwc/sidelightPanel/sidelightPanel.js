import canSetUp from "@salesforce/customPermission/Sidelight_Setup";
import locale from "@salesforce/i18n/locale";
import timeZone from "@salesforce/i18n/timeZone";
import brokenText from "@salesforce/label/c.Sidelight_Broken";
import setupHelp from "@salesforce/label/c.Sidelight_Setup_Help";
import { createMarks, toPanel } from "c/sidelightModel";
import { createPulse } from "c/sidelightPulse";
import { createStory } from "c/sidelightStory";
import { registerRefreshHandler, unregisterRefreshHandler } from "lightning/refresh";
import { getRecord } from "lightning/uiRecordApi";
import { api, LightningElement, wire } from "lwc";

/** A skeleton sooner than this would only flicker. */
const skeletonAfterMs = 200;
/** Somebody who comes back wants to know what happened meanwhile, but not more often than this. */
const catchUpEveryMs = 1_000;
/** Coming back is told in several ways at once. */
const gatherMs = 50;
const clock = {
  now: Date.now,
  /** @param {number} ms @param {() => void} run */
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** A customer's whole story beside the record. */
export default class SidelightPanel extends LightningElement {
  shown = { recordId: "", objectApiName: "" };
  story = createStory(() => this.draw());
  marks = createMarks(clock, () => this.draw());
  pulse = createPulse(async () => navigator.onLine === false || this.story.poll());
  view = toPanel(null, this.options);
  failed = false;
  brokenText = brokenText;
  slow = false;
  announcement = "";
  /** @type {string | null} */
  announced = null;
  news = "";
  /** @type {{ id: string | undefined, at: string } | null} */
  seen = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  ticking;
  /** @type {number | undefined} */
  refreshHandler;
  /** False for a panel in a hidden subtab or below the fold. */
  inView = true;
  /** @type {IntersectionObserver | undefined} */
  viewing;
  onConnection = () => this.connectionChanged();
  onLook = () => this.lookChanged();

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
    this.refreshHandler = registerRefreshHandler(this, () => this.refresh().then(() => true));
    window.addEventListener("online", this.onConnection);
    window.addEventListener("offline", this.onConnection);
    window.addEventListener("focus", this.onLook);
    document.addEventListener("visibilitychange", this.onLook);
    this.viewing = new IntersectionObserver((entries) => {
      const was = this.inView;
      this.inView = entries.at(-1)?.isIntersecting === true;
      if (was !== this.inView) this.lookChanged();
    });
    this.viewing.observe(/** @type {Element} */ (this.template?.host));
    this.pulse.look(!document.hidden);
    setTimeout(() => {
      this.slow = true;
    }, skeletonAfterMs);
    this.follow();
  }

  disconnectedCallback() {
    if (this.refreshHandler !== undefined) unregisterRefreshHandler(this.refreshHandler);
    window.removeEventListener("online", this.onConnection);
    window.removeEventListener("offline", this.onConnection);
    window.removeEventListener("focus", this.onLook);
    document.removeEventListener("visibilitychange", this.onLook);
    this.viewing?.disconnect();
    clearTimeout(this.ticking);
    this.pulse.look(false);
    this.marks.stop();
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
      place: /** @type {import("@sidelight/panel/index.ts").Place} */ (
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
      const { context } = this.story.now;
      this.marks.see(context, this.options);
      this.view = withSetupHelp(this.marks.on(toPanel(context, this.options)));
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

  /** Once when a customer has settled, then what changes, not every age that grows. */
  announce() {
    const news = this.marks.news();
    if (news && news !== this.news) this.announcement = news;
    this.news = news;
    if (this.story.now.phase !== "settled") return;
    const what = `${this.story.now.subject?.recordId} ${this.view.state} ${this.story.now.context?.customer?.id}`;
    if (what === this.announced) return;
    this.announced = what;
    this.announcement = this.view.announcement;
  }

  connectionChanged() {
    if (navigator.onLine) this.retry({ detail: "all" });
    else this.draw();
  }

  /** Whoever can't see the panel is asked for by nobody; whoever comes back sees at once what has changed. */
  lookChanged() {
    const looking = this.isConnected && !document.hidden && this.inView;
    this.pulse.look(looking);
    clearTimeout(this.ticking);
    if (!looking) return;
    this.draw();
    if (this.story.now.subject?.recordId !== this.shown.recordId) this.follow();
    else this.pulse.soon(Math.max(gatherMs, this.story.now.askedAt + catchUpEveryMs - Date.now()));
  }

  refresh() {
    return this.story.refresh().finally(() => this.pulse.soon());
  }

  /** @param {{ detail: import("@sidelight/contracts/context/sections.ts").SectionName | "all" }} event */
  retry({ detail }) {
    this.story.retry(detail).finally(() => this.pulse.soon());
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
 * @param {import("@sidelight/panel/index.ts").PanelView} view */
function withSetupHelp(view) {
  if (view.state !== "unconfigured" || !view.notice || !canSetUp) return view;
  return { ...view, notice: { ...view.notice, text: setupHelp } };
}
