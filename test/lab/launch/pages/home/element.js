export const $ = (id) => document.getElementById(id);

/** Customers' names come from the simulated platforms, hostile ones among them: they are set as text, never as HTML. */
export function element(tag, { text, ...properties } = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}
