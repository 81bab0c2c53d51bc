import { api, LightningElement } from "lwc";

/** Request id with a copy button. The operator finds the request in the server's log by it. */
export default class SidelightRequestId extends LightningElement {
  @api requestId = "";
  /** @type {import("@sidelight/panel/index.ts").PanelLabels} */
  @api labels;
  isCopied = false;

  get label() {
    return this.isCopied ? this.labels.copied : this.labels.copyRequestId;
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(this.requestId);
      this.isCopied = true;
    } catch {
      // The browser forbids it. The id beside the button can be selected.
    }
  }
}
