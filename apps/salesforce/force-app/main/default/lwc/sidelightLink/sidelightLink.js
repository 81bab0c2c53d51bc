import { NavigationMixin } from "lightning/navigation";
import { api, LightningElement } from "lwc";

/** A link to where a fact lives: a record of this org opens as one (in a console, in a subtab), anything else in a new tab. */
export default class SidelightLink extends NavigationMixin(LightningElement) {
  /** @type {string | null} */
  @api url = null;
  @api label = "";
  @api hint = "";
  /** "opens in a new tab" */
  @api newTab = "";

  /** Only http(s): whatever else a server sends stays text. */
  get href() {
    return /^https?:\/\//i.test(this.url ?? "") ? this.url : null;
  }

  get recordId() {
    return recordIn(this.href);
  }

  get external() {
    return this.href !== null && this.recordId === null;
  }

  get target() {
    return this.external ? "_blank" : null;
  }

  /** @param {MouseEvent} event */
  follow(event) {
    const recordId = this.recordId;
    // A click with a modifier means a tab or window of the person's choice.
    if (recordId === null || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this[NavigationMixin.Navigate]({ type: "standard__recordPage", attributes: { recordId, actionName: "view" } });
  }
}

const orgHost = /\.(salesforce|force)\.com$/;
const recordPath = /^\/(?:lightning\/r\/(?:\w+\/)?)?([a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?)(?:\/view)?$/;

/** The id in a record's address, as Lightning or Classic write it. @param {string | null} url */
function recordIn(url) {
  if (url === null) return null;
  try {
    const { hostname, pathname } = new URL(url);
    if (!orgHost.test(hostname) && hostname !== window.location.hostname) return null;
    return recordPath.exec(pathname)?.[1] ?? null;
  } catch {
    return null;
  }
}
