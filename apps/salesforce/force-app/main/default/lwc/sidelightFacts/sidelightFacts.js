import { api, LightningElement } from "lwc";

/** Six facts, two by three, each with where it comes from on demand. */
export default class SidelightFacts extends LightningElement {
  /** @type {import("@sidelight/panel/index.ts").FactView[]} */
  @api facts = [];
  /** @type {import("@sidelight/panel/index.ts").PanelLabels} */
  @api labels;
  /** @type {string | null} */
  opened = null;

  get cells() {
    return this.facts.map((fact) => ({
      ...fact,
      class: `cell${fact.stale ? " stale" : ""}${fact.changed ? " changed" : ""}`,
      valueClass: fact.absent === "pending" ? "value pending" : fact.absent ? "value absent" : `value tone-${fact.tone}`,
      expanded: String(fact.key === this.opened),
      provenanceLabel: `${fact.label}: ${this.labels.provenance}`,
    }));
  }

  get open() {
    return this.facts.find((fact) => fact.key === this.opened && fact.provenance) ?? null;
  }

  /** @param {Event & { currentTarget: HTMLElement }} event */
  toggle({ currentTarget }) {
    const key = currentTarget.dataset.key ?? null;
    this.opened = this.opened === key ? null : key;
  }
}
