import { api, LightningElement } from "lwc";

export default class Highlights extends LightningElement {
  /** @type {import("../../records.ts").RecordPage} */
  @api page;

  refresh() {
    this.dispatchEvent(new CustomEvent("refreshpage"));
  }

  /** @param {Event & { currentTarget: HTMLElement }} event */
  open({ currentTarget }) {
    this.dispatchEvent(new CustomEvent("openrecord", { detail: currentTarget.dataset.id }));
  }
}
