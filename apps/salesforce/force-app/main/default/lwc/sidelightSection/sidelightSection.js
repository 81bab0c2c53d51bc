import { iconOf } from "c/sidelightIcons";
import { api, LightningElement } from "lwc";

/** One collapsible section: heading with its freshness, what went wrong, what there is. */
export default class SidelightSection extends LightningElement {
  /** @type {import("@sidelight/panel/index.ts").SectionView} */
  @api view;
  /** @type {import("@sidelight/panel/index.ts").PanelLabels} */
  @api labels;
  /** What the person chose, or null while it stands as it came.
   * @type {boolean | null} */
  chosen = null;
  retrying = false;

  get open() {
    return this.chosen ?? this.view.openAtFirst;
  }

  get closed() {
    return !this.open;
  }

  get expanded() {
    return String(this.open);
  }

  /** Open, it shows the change itself. */
  get toggleClass() {
    return this.view.changed && !this.open ? "toggle changed" : "toggle";
  }

  /** While it loads, a line's height is kept for what it will say. */
  get headline() {
    if (this.open) return "";
    return this.view.state === "pending" ? this.view.headline || "\u00a0" : this.view.headline;
  }

  get headlineClass() {
    return `headline tone-${this.view.headlineTone}`;
  }

  get chevronClass() {
    return this.open ? "chevron turned" : "chevron";
  }

  get statusClass() {
    return `status tone-${this.view.status.tone}`;
  }

  get statusIcon() {
    return iconOf(this.view.status.icon);
  }

  get statusIconClass() {
    return `icon tone-${this.view.status.tone}`;
  }

  get bodyClass() {
    const reserved = this.view.state === "pending" && this.view.message === null;
    return reserved ? "body reserved" : "body";
  }

  get isHealth() {
    return this.view.score !== null || this.view.drivers.length > 0 || this.view.missing.length > 0;
  }

  get isUsage() {
    return this.view.sparkline !== null || this.view.meters !== null || this.view.steps !== null;
  }

  get hasRows() {
    return this.view.rows.length > 0;
  }

  get hasLinks() {
    return this.view.links.length > 0;
  }

  get retryDisabled() {
    return String(!this.view.problem?.canRetry || this.view.updating);
  }

  /** Why it has to wait, while it has to. */
  get retryText() {
    return this.view.problem?.retryReason || this.view.problem?.retryLabel;
  }

  /** Opens the section and puts the focus on its heading. */
  @api
  reveal() {
    this.chosen = true;
    this.heading?.focus();
    this.heading?.scrollIntoView({ block: "nearest" });
  }

  /** @returns {HTMLElement | null} */
  get heading() {
    return this.template?.querySelector(".toggle") ?? null;
  }

  toggle() {
    this.chosen = !this.open;
  }

  retry() {
    if (!this.view.problem?.canRetry || this.view.updating) return;
    this.retrying = true;
    this.dispatchEvent(new CustomEvent("retry", { detail: this.view.name, bubbles: true, composed: true }));
  }

  renderedCallback() {
    // A Retry that succeeded takes its own button away: the focus goes to the heading, not to the page.
    if (!this.retrying || this.view.updating) return;
    this.retrying = false;
    if (this.view.problem === null) this.heading?.focus();
  }
}
