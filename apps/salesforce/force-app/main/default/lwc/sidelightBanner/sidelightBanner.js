import { iconOf } from "c/sidelightIcons";
import { api, LightningElement } from "lwc";

/** The most important message about this customer. */
export default class SidelightBanner extends LightningElement {
  /** @type {import("@sidelight/panel/index.ts").BannerView} */
  @api banner;
  @api retryLabel = "";
  @api busy = false;

  get bannerClass() {
    return `banner tone-${this.banner.tone}`;
  }

  get icon() {
    return iconOf(this.banner.icon);
  }

  get busyText() {
    return String(this.busy);
  }

  retry() {
    if (!this.busy) this.dispatchEvent(new CustomEvent("retry", { detail: this.banner.retry, bubbles: true, composed: true }));
  }
}
