import { api, LightningElement } from "lwc";

/** Product usage: sessions as a line, features as bars, the funnel as steps. Each has a text alternative. */
export default class SidelightUsage extends LightningElement {
  /** @type {import("@sidelight/panel/index.ts").SectionView} */
  @api view;

  get sparkClass() {
    return this.view.sparkline?.changed ? "spark changed" : "spark";
  }

  get metersClass() {
    return this.view.meters?.changed ? "changed" : "";
  }

  get stepsClass() {
    return this.view.steps?.changed ? "title changed" : "title";
  }

  get meters() {
    return (this.view.meters?.items ?? []).map((meter) => ({ ...meter, style: `width: ${Math.round(meter.share * 100)}%` }));
  }

  get steps() {
    return (this.view.steps?.items ?? []).map((step) => ({
      ...step,
      class: step.done ? "step done" : step.isUnknown ? "step unknown" : "step",
      hint: `${step.label}: ${step.doneText}`,
    }));
  }
}
