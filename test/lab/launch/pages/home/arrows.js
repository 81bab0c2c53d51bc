import { $ } from "/element.js";

const tipSize = 5;
/** Distance of arrows that end at the same target, px. */
export const arrowGap = 9;
/** Length of an arrow to a target inside its own row, on narrow pages, px. */
const shortLength = 22;

/** Draws an arrow from each source to its routes and from each route to its target. The rows contain the same as text. */
export function drawArrows(flow, { sources, targets }) {
  const svg = flow.querySelector("svg");
  const origin = flow.getBoundingClientRect();
  svg.setAttribute("viewBox", `0 0 ${origin.width} ${origin.height}`);
  const boxOf = (node) => {
    const { left, right, top, height } = node.getBoundingClientRect();
    return { left: left - origin.left, right: right - origin.left, y: top - origin.top + height / 2 };
  };
  for (const source of sources.filter(({ isSidelight }) => !isSidelight)) drawArrow(svg, incoming(source, boxOf));
  const routes = sources.flatMap((source) => source.routes);
  for (const { connection } of targets) {
    const targetRoutes = routes.filter(({ to }) => to === connection);
    for (const [i, route] of targetRoutes.entries())
      drawArrow(svg, outgoing(route, (i - (targetRoutes.length - 1) / 2) * arrowGap, boxOf));
  }
}

function incoming({ name, events }, boxOf) {
  const from = boxOf($(`from-${name}`));
  const to = boxOf($(`from-${name}-group`));
  return { id: `in-${name}`, state: events > 0 ? "ok" : "idle", from: [from.right, from.y], to: [to.left, from.y] };
}

function outgoing({ id, to, state, counts }, offset, boxOf) {
  const row = $(`route-${id}`);
  const arrow = { id: `out-${id}`, state: state === "ok" && counts.done === 0 ? "idle" : state };
  const target = boxOf(row.querySelector(".target"));
  const isInRow = target.right - target.left > 1;
  if (isInRow) return { ...arrow, from: [target.left - shortLength, target.y], to: [target.left, target.y] };
  const start = boxOf(row.querySelector("summary"));
  const end = boxOf($(`to-${to}`));
  return { ...arrow, from: [start.right, start.y], to: [end.left, end.y + offset] };
}

function drawArrow(svg, { id, state, from: [x1, y1], to: [x2, y2] }) {
  const arrow =
    $(id) ??
    svg.appendChild(
      svgElement("g", { id }, svgElement("path", { class: "line" }), svgElement("path"), svgElement("path", { class: "cross" })),
    );
  const [line, head, cross] = arrow.children;
  const middleX = (x1 + x2) / 2;
  line.setAttribute("d", `M${x1} ${y1}C${middleX} ${y1} ${middleX} ${y2} ${x2} ${y2}`);
  head.setAttribute("d", `M${x2 - tipSize} ${y2 - tipSize}L${x2} ${y2}l${-tipSize} ${tipSize}`);
  const { x, y } = line.getPointAtLength(shortLength / 2);
  cross.setAttribute("d", `M${x - 4} ${y - 4}l8 8m0 -8l-8 8`);
  if (arrow.dataset.state === state) return;
  arrow.dataset.state = state;
  // Failing routes are drawn above the others.
  if (state === "failing") svg.append(arrow);
}

export function svgElement(name, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}
