import { api, LightningElement } from "lwc";

export default class Details extends LightningElement {
  /** @type {import("../../records.ts").RecordPage["details"]} */
  @api cells = [];

  /** @param {Event & { currentTarget: HTMLElement }} event */
  open({ currentTarget }) {
    this.dispatchEvent(new CustomEvent("openrecord", { detail: currentTarget.dataset.id }));
  }
}
