import { api, LightningElement } from "lwc";

/** What an open section contains below its state and its score. Loaded after the first screen, where nearly all sections are closed. */
export default class SidelightContent extends LightningElement {
  /** @type {import("@sidelight/panel/index.ts").SectionView} */
  @api view;
  /** @type {import("@sidelight/panel/index.ts").PanelLabels} */
  @api labels;
  /** Reveals the hidden values of the section; null without any, or without the right.
   * @type {import("c/sidelightActions").RevealControl | null} */
  @api reveal = null;

  get isUsage() {
    // The line of the health score is beside the score.
    if (this.view.score) return false;
    return this.view.sparkline !== null || this.view.meters !== null || this.view.steps !== null;
  }

  get hasRows() {
    return this.view.rows.length > 0;
  }

  /** Other sections have a button with the same text. */
  get revealName() {
    return `${this.view.title}: ${this.reveal?.label}`;
  }

  toggleReveal() {
    this.dispatchEvent(new CustomEvent("reveal", { detail: this.view.name, bubbles: true, composed: true }));
  }

  /** Puts the focus on the button of the hidden values. */
  @api
  focusReveal() {
    /** @type {HTMLElement | null | undefined} */ (this.template?.querySelector("[data-reveal]"))?.focus();
  }

  get hasLinks() {
    return this.view.links.length > 0;
  }
}
