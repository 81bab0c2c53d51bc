/** @type {Map<number, () => Promise<boolean>>} */
export const handlers = new Map();

/** Runs all refresh handlers, like the page's Refresh. A handler must resolve a Boolean. */
export async function refreshView() {
  for (const result of await Promise.all([...handlers.values()].map((handler) => handler()))) {
    if (typeof result !== "boolean") console.error("A refresh handler must resolve a Boolean.");
  }
}
