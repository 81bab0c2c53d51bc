import { iconOf } from "c/sidelightIcons";
import { api, LightningElement } from "lwc";

/** Message shown instead of the sections: an error, no match, or the candidates of an ambiguous match. */
export default class SidelightNotice extends LightningElement {
  /** @type {import("@sidelight/panel/index.ts").NoticeView} */
  @api notice;
  /** @type {import("@sidelight/panel/index.ts").CandidateView[]} */
  @api candidates = [];
  /** @type {import("@sidelight/panel/index.ts").PanelLabels} */
  @api labels;
  /** Offered when no customer matched: a new look-up may find one.
   * @type {import("@sidelight/panel/index.ts").ActionView} */
  @api refresh;

  get noticeClass() {
    return `notice tone-${this.notice.tone}`;
  }

  get icon() {
    return iconOf(this.notice.icon);
  }

  get hasLines() {
    return this.notice.lines.length > 0;
  }

  get hasCandidates() {
    return this.candidates.length > 0;
  }

  get actionDisabled() {
    return String(this.notice.action?.disabled);
  }

  get canRefresh() {
    return this.candidates.length === 0 && this.hasLines;
  }

  get refreshDisabled() {
    return String(this.refresh.disabled);
  }

  requestRefresh() {
    if (!this.refresh.disabled) this.dispatchEvent(new CustomEvent("refresh"));
  }

  runAction() {
    const { action } = this.notice;
    if (!action || action.disabled) return;
    if (action.kind === "reload") window.location.reload();
    else this.dispatchEvent(new CustomEvent("retry", { detail: "all", bubbles: true, composed: true }));
  }

  /** @param {Event & { currentTarget: HTMLElement }} event */
  chooseCandidate({ currentTarget }) {
    this.dispatchEvent(new CustomEvent("choose", { detail: currentTarget.dataset.id, bubbles: true, composed: true }));
  }

  @api
  focusHeading() {
    /** @type {HTMLElement | null | undefined} */ (this.template?.querySelector("h2"))?.focus();
  }
}
