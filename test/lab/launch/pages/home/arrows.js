import { $ } from "/element.js";

const tip = 5;
/** Between arrows that end at the same place, px. */
export const apart = 9;
/** Of an arrow to a target that stands in its own row, where there is no room for more. */
const short = 22;

/** Draws an arrow from each source to its routes, and from each route to where it leads. Whoever reads the rows needs none. */
export function drawArrows(flow, { sources, targets }) {
  const svg = flow.querySelector("svg");
  const origin = flow.getBoundingClientRect();
  svg.setAttribute("viewBox", `0 0 ${origin.width} ${origin.height}`);
  const boxOf = (node) => {
    const { left, right, top, height } = node.getBoundingClientRect();
    return { left: left - origin.left, right: right - origin.left, y: top - origin.top + height / 2 };
  };
  for (const source of sources.filter(({ isOurs }) => !isOurs)) place(svg, incoming(source, boxOf));
  const routes = sources.flatMap((source) => source.routes);
  for (const { connection } of targets) {
    const own = routes.filter(({ to }) => to === connection);
    for (const [i, route] of own.entries()) place(svg, outgoing(route, (i - (own.length - 1) / 2) * apart, boxOf));
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
  const where = boxOf(row.querySelector(".where"));
  const isInRow = where.right - where.left > 1;
  if (isInRow) return { ...arrow, from: [where.left - short, where.y], to: [where.left, where.y] };
  const start = boxOf(row.querySelector("summary"));
  const end = boxOf($(`to-${to}`));
  return { ...arrow, from: [start.right, start.y], to: [end.left, end.y + offset] };
}

function place(svg, { id, state, from: [x1, y1], to: [x2, y2] }) {
  const arrow =
    $(id) ?? svg.appendChild(made("g", { id }, made("path", { class: "line" }), made("path"), made("path", { class: "cross" })));
  const [line, head, cross] = arrow.children;
  const bend = (x1 + x2) / 2;
  line.setAttribute("d", `M${x1} ${y1}C${bend} ${y1} ${bend} ${y2} ${x2} ${y2}`);
  head.setAttribute("d", `M${x2 - tip} ${y2 - tip}L${x2} ${y2}l${-tip} ${tip}`);
  const { x, y } = line.getPointAtLength(short / 2);
  cross.setAttribute("d", `M${x - 4} ${y - 4}l8 8m0 -8l-8 8`);
  if (arrow.dataset.state === state) return;
  arrow.dataset.state = state;
  // What fails lies above the others.
  if (state === "failing") svg.append(arrow);
}

export function made(name, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}
