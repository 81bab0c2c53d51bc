export const $ = (id) => document.getElementById(id);

/** Creates an element. Names of customers may be hostile: they are set as text, never as HTML. */
export function element(tag, { text, ...properties } = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  if (text !== undefined) node.textContent = text;
  node.append(...children);
  return node;
}

/** Changes the text only if it differs, so that a screen reader does not announce it again. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
