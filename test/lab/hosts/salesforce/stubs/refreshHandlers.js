/** @type {Map<number, () => Promise<boolean>>} */
export const handlers = new Map();

/** What the page's own Refresh does. A handler that resolves something other than a Boolean is a bug of ours. */
export async function refreshView() {
  for (const answer of await Promise.all([...handlers.values()].map((handler) => handler()))) {
    if (typeof answer !== "boolean") console.error("a refresh handler must resolve a Boolean");
  }
}
