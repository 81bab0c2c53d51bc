/** @typedef {{ type: string, attributes?: { recordId?: string, url?: string }, state?: Record<string, string> }} PageReference */
const navigate = Symbol("Navigate");
const generateUrl = Symbol("GenerateUrl");

/** Opens records on this page and URLs in a new tab.
 * @param {new (...parameters: any[]) => any} base */
export function NavigationMixin(base) {
  return class extends base {
    /** @param {PageReference} page */
    [navigate]({ type, attributes = {}, state = {} }) {
      // What an org would open, for tests.
      window.dispatchEvent(new CustomEvent("lab:navigate", { detail: { type, attributes, state } }));
      if (type === "standard__recordPage") window.dispatchEvent(new CustomEvent("lab:open", { detail: attributes.recordId }));
      if (type === "standard__webPage") window.open(attributes.url, "_blank", "noopener");
    }

    /** @param {PageReference} page */
    async [generateUrl]({ attributes = {} }) {
      return attributes.url ?? `./?recordId=${attributes.recordId}`;
    }
  };
}
NavigationMixin.Navigate = navigate;
NavigationMixin.GenerateUrl = generateUrl;
