import { NavigationMixin } from "lightning/navigation";
import { api, LightningElement } from "lwc";

/** Link to a record or page. A record of this org opens through NavigationMixin (a subtab in a console), anything else in a new tab. */
export default class SidelightLink extends NavigationMixin(LightningElement) {
  /** @type {string | null} */
  @api url = null;
  @api label = "";
  @api hint = "";
  /** Translated "opens in a new tab". */
  @api newTab = "";

  /** Null unless the URL is http(s). The label is then shown as text. */
  get href() {
    return /^https?:\/\//i.test(this.url ?? "") ? this.url : null;
  }

  get recordId() {
    return recordIdOf(this.href);
  }

  get external() {
    return this.href !== null && this.recordId === null;
  }

  get target() {
    return this.external ? "_blank" : null;
  }

  /** @param {MouseEvent} event */
  openLink(event) {
    const recordId = this.recordId;
    // A modifier key means that the person chose a new tab or window.
    if (recordId === null || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this[NavigationMixin.Navigate]({ type: "standard__recordPage", attributes: { recordId, actionName: "view" } });
  }
}

const orgHost = /\.(salesforce|force)\.com$/;
const recordPath = /^\/(?:lightning\/r\/(?:\w+\/)?)?([a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?)(?:\/view)?$/;

/** The record id in a Lightning or Classic record URL, or null. @param {string | null} url */
function recordIdOf(url) {
  if (url === null) return null;
  try {
    const { hostname, pathname } = new URL(url);
    if (!orgHost.test(hostname) && hostname !== window.location.hostname) return null;
    return recordPath.exec(pathname)?.[1] ?? null;
  } catch {
    return null;
  }
}
