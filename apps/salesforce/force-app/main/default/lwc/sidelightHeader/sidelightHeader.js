import { iconOf } from "c/sidelightIcons";
import { api, LightningElement } from "lwc";

/** Who it is, how we know, and how current it all is. */
export default class SidelightHeader extends LightningElement {
  /** @type {import("@sidelight/panel/index.ts").HeaderView} */
  @api header;
  /** @type {import("@sidelight/panel/index.ts").ActionView} */
  @api refresh;
  @api busy = false;
  opened = false;

  get avatarClass() {
    return `avatar ${this.header.kind}`;
  }

  get nameClass() {
    return this.header.nameAbsent ? "name unknown" : "name";
  }

  get chipClass() {
    return `tag tone-${this.header.chip?.tone}`;
  }

  get freshnessClass() {
    return `plain state tone-${this.header.freshness.tone}`;
  }

  get freshnessIcon() {
    return iconOf(this.header.freshness.icon);
  }

  get expanded() {
    return String(this.opened);
  }

  get closed() {
    return !this.opened;
  }

  get refreshDisabled() {
    return String(this.refresh.disabled);
  }

  get refreshHint() {
    return [this.refresh.label, this.refresh.reason].filter(Boolean).join(" · ");
  }

  get spin() {
    return this.busy ? "spinning" : "";
  }

  toggle() {
    this.opened = !this.opened;
  }

  // Never `disabled`: the focus would be lost with it.
  askRefresh() {
    if (!this.refresh.disabled) this.dispatchEvent(new CustomEvent("refresh"));
  }

  change() {
    this.dispatchEvent(new CustomEvent("choose", { detail: null, bubbles: true, composed: true }));
  }
}
