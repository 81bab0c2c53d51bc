import { api, LightningElement } from "lwc";

/** Grid of six facts. Each can show its provenance. */
export default class SidelightFacts extends LightningElement {
  /** @type {import("@sidelight/panel/index.ts").FactView[]} */
  @api facts = [];
  /** @type {import("@sidelight/panel/index.ts").PanelLabels} */
  @api labels;
  /** @type {string | null} */
  openKey = null;

  get cells() {
    return this.facts.map((fact) => ({
      ...fact,
      class: `cell${fact.stale ? " stale" : ""}${fact.changed ? " changed" : ""}${fact.provenance ? " sourced" : ""}`,
      valueClass: fact.absent === "pending" ? "value pending" : fact.absent ? "value absent" : `value tone-${fact.tone}`,
      // Its line is kept, and not read.
      detailHidden: fact.detail ? null : "true",
      expanded: String(fact.key === this.openKey),
      provenanceLabel: `${fact.label}: ${this.labels.provenance}`,
    }));
  }

  get openFact() {
    return this.facts.find((fact) => fact.key === this.openKey && fact.provenance) ?? null;
  }

  /** @param {Event & { currentTarget: HTMLElement }} event */
  toggle({ currentTarget }) {
    const key = currentTarget.dataset.key ?? null;
    this.openKey = this.openKey === key ? null : key;
  }
}
