export const $ = (id) => document.getElementById(id);

/** Customers' names come from the simulated platforms, hostile ones among them: they are set as text, never as HTML. */
export function element(tag, { text, ...properties } = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

/** Leaves the node alone where it says that already, so that nobody is told it again. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
