import { api, LightningElement } from "lwc";

/** Provenance of one fact: its record, when the record changed, when it was last checked. */
export default class SidelightProvenance extends LightningElement {
  /** @type {import("@sidelight/panel/index.ts").ProvenanceView} */
  @api value;
  @api newTab = "";

  get provenance() {
    const { lines, link } = this.value;
    return { lines: lines.map((line) => ({ ...line, link: line.key === "record" ? link : null })) };
  }
}
