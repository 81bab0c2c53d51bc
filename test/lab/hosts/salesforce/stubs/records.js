/** @typedef {import("../records.ts").RecordPage} RecordPage */

/** @type {Map<string, Promise<RecordPage>>} */
const pages = new Map();
/** @type {Set<() => void>} */
const followers = new Set();

/** @param {string} object @param {string} id @returns {Promise<RecordPage>} */
export function loadRecord(object, id) {
  const key = `${object}/${id}`;
  const known = pages.get(key);
  if (known) return known;
  const asked = fetch(`./records/${key}`).then((response) => response.json());
  pages.set(key, asked);
  asked.catch(() => pages.delete(key));
  return asked;
}

/** @param {() => void} follower */
export function followRecords(follower) {
  followers.add(follower);
  return () => followers.delete(follower);
}

/** Forgets what is known and tells everybody who shows it. */
export function reloadRecords() {
  pages.clear();
  for (const follower of followers) follower();
}
