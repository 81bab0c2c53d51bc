import { api, LightningElement } from "lwc";

export default class RelatedList extends LightningElement {
  /** @type {import("../../records.ts").RecordPage["related"][number]} */
  @api list;

  /** @param {Event & { currentTarget: HTMLElement }} event */
  open({ currentTarget }) {
    this.dispatchEvent(new CustomEvent("openrecord", { detail: currentTarget.dataset.id }));
  }
}
