// The page imports the handlers by path, the panel this module by name: two instances, one map.
import { handlers } from "./refreshHandlers.js";

let last = 0;

/** @param {unknown} _element @param {() => Promise<boolean>} handler */
export function registerRefreshHandler(_element, handler) {
  last += 1;
  handlers.set(last, handler);
  return last;
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
