/** @typedef {import("../records.ts").RecordPage} RecordPage */

/** @type {Map<string, Promise<RecordPage>>} */
const pages = new Map();
/** @type {Set<() => void>} */
const listeners = new Set();

/** @param {string} object @param {string} id @returns {Promise<RecordPage>} */
export function loadRecord(object, id) {
  const key = `${object}/${id}`;
  const cached = pages.get(key);
  if (cached) return cached;
  const request = fetch(`./records/${key}`).then((response) => response.json());
  pages.set(key, request);
  request.catch(() => pages.delete(key));
  return request;
}

/** Calls the listener after `reloadRecords`. Returns a function that removes it. @param {() => void} listener */
export function onRecordsReloaded(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Clears the cache and notifies all listeners. */
export function reloadRecords() {
  pages.clear();
  for (const listener of listeners) listener();
}
