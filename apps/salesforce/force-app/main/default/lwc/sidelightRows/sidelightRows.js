import { api, LightningElement } from "lwc";

/** Table of labels and values. Each value can show its provenance. */
export default class SidelightRows extends LightningElement {
  /** @type {import("@sidelight/panel/index.ts").RowView[]} */
  @api rows = [];
  /** @type {import("@sidelight/panel/index.ts").PanelLabels} */
  @api labels;
  /** @type {string | null} */
  openKey = null;

  get cells() {
    return this.rows.map((row) => ({
      ...row,
      rowClass: row.changed ? "row changed" : "row",
      valueClass: row.absent ? "value muted" : `value tone-${row.tone}${row.link ? " linked" : ""}`,
      isOpen: row.provenance !== null && row.key === this.openKey,
      expanded: String(row.key === this.openKey),
      provenanceLabel: `${row.label}: ${this.labels.provenance}`,
    }));
  }

  /** @param {Event & { currentTarget: HTMLElement }} event */
  toggle({ currentTarget }) {
    const key = currentTarget.dataset.key ?? null;
    this.openKey = this.openKey === key ? null : key;
  }
}
