import { api, LightningElement } from "lwc";

/** Label and value, a line each. */
export default class SidelightRows extends LightningElement {
  /** @type {import("@sidelight/panel/index.ts").RowView[]} */
  @api rows = [];
  /** @type {import("@sidelight/panel/index.ts").PanelLabels} */
  @api labels;
  /** @type {string | null} */
  opened = null;

  get cells() {
    return this.rows.map((row) => ({
      ...row,
      line: row.changed ? "row changed" : "row",
      class: row.absent ? "value muted" : `value tone-${row.tone}`,
      open: row.provenance !== null && row.key === this.opened,
      expanded: String(row.key === this.opened),
      provenanceLabel: `${row.label}: ${this.labels.provenance}`,
    }));
  }

  /** @param {Event & { currentTarget: HTMLElement }} event */
  toggle({ currentTarget }) {
    const key = currentTarget.dataset.key ?? null;
    this.opened = this.opened === key ? null : key;
  }
}
