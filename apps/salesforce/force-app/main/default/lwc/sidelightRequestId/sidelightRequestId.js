import { api, LightningElement } from "lwc";

/** What to tell the operator: under this id the server's log says what happened. */
export default class SidelightRequestId extends LightningElement {
  @api requestId = "";
  /** @type {import("@sidelight/panel/index.ts").PanelLabels} */
  @api labels;
  copied = false;

  get label() {
    return this.copied ? this.labels.copied : this.labels.copyRequestId;
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(this.requestId);
      this.copied = true;
    } catch {
      // Forbidden by the browser: the id stands beside the button and can be selected.
    }
  }
}
