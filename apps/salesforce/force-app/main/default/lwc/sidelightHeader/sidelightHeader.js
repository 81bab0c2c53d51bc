import { iconOf } from "c/sidelightIcons";
import { api, LightningElement } from "lwc";

/** Customer's name and company, how the match was made, freshness of the sources, Refresh. */
export default class SidelightHeader extends LightningElement {
  /** @type {import("@sidelight/panel/index.ts").HeaderView} */
  @api header;
  /** @type {import("@sidelight/panel/index.ts").ActionView} */
  @api refresh;
  @api busy = false;
  sourcesOpen = false;

  get avatarClass() {
    return `avatar ${this.header.kind}`;
  }

  get nameClass() {
    return this.header.nameAbsent ? "name missing" : "name";
  }

  get chipClass() {
    return `tag tone-${this.header.chip?.tone}`;
  }

  /** How the customer was found. */
  get evidence() {
    return this.header.chip?.detail ?? "";
  }

  get freshnessClass() {
    return `text-button status tone-${this.header.freshness.tone}`;
  }

  get freshnessIcon() {
    return iconOf(this.header.freshness.icon);
  }

  get sourcesExpanded() {
    return String(this.sourcesOpen);
  }

  get sourcesHidden() {
    return !this.sourcesOpen;
  }

  get refreshDisabled() {
    return String(this.refresh.disabled);
  }

  get refreshHint() {
    return [this.refresh.label, this.refresh.reason].filter(Boolean).join(" · ");
  }

  get refreshIconClass() {
    return this.busy ? "spinning" : "";
  }

  toggleSources() {
    this.sourcesOpen = !this.sourcesOpen;
  }

  // The button uses aria-disabled, because a disabled button loses the focus.
  requestRefresh() {
    if (!this.refresh.disabled) this.dispatchEvent(new CustomEvent("refresh"));
  }

  undoChoice() {
    this.dispatchEvent(new CustomEvent("choose", { detail: null, bubbles: true, composed: true }));
  }

  @api
  focusHeading() {
    /** @type {HTMLElement | null | undefined} */ (this.template?.querySelector("h2"))?.focus();
  }

  /** Puts the focus on the button beside the match, which opens "Wrong customer?". */
  @api
  focusChange() {
    const button = /** @type {HTMLElement | null | undefined} */ (this.template?.querySelector(".match button"));
    if (button) button.focus();
    else this.focusHeading();
  }
}
