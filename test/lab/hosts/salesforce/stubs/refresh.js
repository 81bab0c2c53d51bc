// The page and the panel load this module under two names. Both share the map of refreshHandlers.js.
import { handlers } from "./refreshHandlers.js";

let lastHandle = 0;

/** @param {unknown} _element @param {() => Promise<boolean>} handler */
export function registerRefreshHandler(_element, handler) {
  lastHandle += 1;
  handlers.set(lastHandle, handler);
  return lastHandle;
}

/** @param {number} handle */
export function unregisterRefreshHandler(handle) {
  handlers.delete(handle);
}

export class RefreshEvent extends Event {
  constructor() {
    super("lightning__refresh", { bubbles: true, composed: true });
  }
}
