import { api, LightningElement } from "lwc";

const arrows = { up: "↗", down: "↘", flat: "→" };

/** Health score with its strongest drivers. A driver links to the section that holds its evidence. */
export default class SidelightHealth extends LightningElement {
  /** @type {import("@sidelight/panel/index.ts").SectionView} */
  @api view;
  /** Nothing is loaded later. */
  @api isComplete = false;

  get score() {
    return this.view.score;
  }

  get scoreClass() {
    return this.score?.changed ? "score changed" : "score";
  }

  get valueClass() {
    return `value tone-${this.score?.tone}`;
  }

  get bandClass() {
    return `tag tone-${this.score?.tone}`;
  }

  get arrow() {
    return this.score?.arrow ? arrows[this.score.arrow] : "";
  }

  /** Loaded after the score. */
  get historyText() {
    return this.view.sparkline?.text ?? "";
  }

  get hasHistoryLine() {
    return this.score !== null && (!this.isComplete || this.historyText !== "");
  }

  get hasDrivers() {
    return this.view.drivers.length > 0;
  }

  get drivers() {
    return this.view.drivers.map((driver) => ({
      ...driver,
      barClass: `bar ${driver.tone === "danger" ? "down" : "up"} tone-${driver.tone}`,
      barStyle: `width: ${Math.round(driver.strength * 50)}%`,
      pointsClass: `points tone-${driver.tone}`,
    }));
  }

  /** @param {Event & { currentTarget: HTMLElement }} event */
  showEvidence({ currentTarget }) {
    this.dispatchEvent(new CustomEvent("evidence", { detail: currentTarget.dataset.section, bubbles: true, composed: true }));
  }
}
