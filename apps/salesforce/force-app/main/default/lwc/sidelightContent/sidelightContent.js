import { api, LightningElement } from "lwc";

/** What an open section contains below its state and its score. Loaded after the first screen, where nearly all sections are closed. */
export default class SidelightContent extends LightningElement {
  /** @type {import("@sidelight/panel/index.ts").SectionView} */
  @api view;
  /** @type {import("@sidelight/panel/index.ts").PanelLabels} */
  @api labels;

  get isUsage() {
    // The line of the health score is beside the score.
    if (this.view.score) return false;
    return this.view.sparkline !== null || this.view.meters !== null || this.view.steps !== null;
  }

  get hasRows() {
    return this.view.rows.length > 0;
  }

  get hasLinks() {
    return this.view.links.length > 0;
  }
}
