import { api, LightningElement } from "lwc";

/** Where one fact comes from: its record, when that changed, when it was last checked. */
export default class SidelightProvenance extends LightningElement {
  /** @type {import("@sidelight/panel/index.ts").ProvenanceView} */
  @api value;
  @api newTab = "";

  get provenance() {
    const { lines, link } = this.value;
    return { lines: lines.map((line) => ({ ...line, link: line.key === "record" ? link : null })) };
  }
}
