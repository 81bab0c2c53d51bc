import { arrowGap, drawArrows } from "/arrows.js";
import { $, element, setText } from "/element.js";
import { pulse } from "/pulse.js";
import { routeRow, updateRow } from "/route.js";

const idlePollMs = 2_000;
const fastPollMs = 300;
const fastPollingMs = 8_000;

let lastDrawn = null;
let fastUntil = 0;
let pollTimer;

/** Polls more often for a while, after a scenario ran. */
export function pollFaster() {
  fastUntil = Date.now() + fastPollingMs;
  clearTimeout(pollTimer);
  pollTimer = setTimeout(followFlow, fastPollMs);
}

/** Draws the flow of events and keeps drawing it while the page is visible. */
export async function followFlow() {
  clearTimeout(pollTimer);
  if (document.visibilityState === "visible") await drawFlow().catch(() => {});
  pollTimer = setTimeout(followFlow, Date.now() < fastUntil ? fastPollMs : idlePollMs);
}

async function drawFlow() {
  const tenant = $("happen-tenant").value;
  const flow = await (await fetch(`/flow.json?tenant=${encodeURIComponent(tenant)}`)).json();
  if (!flow.ready) return;
  const layout = JSON.stringify([tenant, flow.targets, flow.sources.map((s) => [s.name, s.routes.map((r) => r.id)])]);
  const previous = lastDrawn?.layout === layout ? lastDrawn.flow : null;
  if (!previous) build(flow);
  for (const source of flow.sources) update(source);
  $("flow-section").hidden = false;
  drawArrows($("flow"), flow);
  if (previous) pulse(previous, flow);
  lastDrawn = { layout, flow };
}

function build({ sources, targets }) {
  const center = element(
    "div",
    { className: "center" },
    element("strong", { text: "Sidelight" }),
    element("span", { text: "in the last hour" }),
  );
  center.style.gridRow = `1 / span ${sources.length + 1}`;
  const routes = sources.flatMap((source) => source.routes);
  const targetNodes = targets.map((target) => targetNode(target, routes.filter(({ to }) => to === target.connection).length));
  const targetList = element("ul", { className: "targets", ariaLabel: "Targets" }, ...targetNodes);
  targetList.style.gridRow = `2 / span ${sources.length}`;
  const arrows = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  arrows.setAttribute("aria-hidden", "true");
  $("flow").replaceChildren(center, ...sources.flatMap(sourceParts), targetList, arrows);
}

/** Tall enough for all arrows that end at it. */
function targetNode({ connection, label }, arrows) {
  const node = element("li", { className: "node", id: `to-${connection}`, text: label });
  node.style.minHeight = `${(arrows + 1) * arrowGap}px`;
  return node;
}

function sourceParts({ name, label, isSidelight, routes }, i) {
  const id = `from-${name}`;
  const title = element("span", { id: `${id}-name`, text: isSidelight ? "Derived by Sidelight" : label });
  const node = element(
    "div",
    { className: isSidelight ? "derived" : "node", id },
    title,
    element("span", { className: "events" }),
  );
  const list = element("ul", {}, ...routes.map(routeRow));
  list.setAttribute("aria-labelledby", `${id}-name`);
  const emptyNote = element("p", { className: "quiet", text: "Stored in the log. No route uses it." });
  const group = element("div", { className: "group", id: `${id}-group` }, routes.length > 0 ? list : emptyNote);
  if (isSidelight) group.prepend(node);
  const parts = isSidelight ? [group] : [node, group];
  for (const part of parts) part.style.gridRow = String(i + 2);
  return parts;
}

function update({ name, events, routes }) {
  setText($(`from-${name}`).querySelector(".events"), events === 1 ? "1 event" : `${events} events`);
  for (const route of routes) updateRow(route);
}

/** Highlights the arrow of the row under the pointer or with the focus. */
const highlight =
  (isHighlighted) =>
  ({ target }) => {
    const row = target.closest(".route");
    if (row) $(row.id.replace("route-", "out-"))?.classList.toggle("highlighted", isHighlighted);
  };
for (const event of ["focusin", "pointerover"]) $("flow").addEventListener(event, highlight(true));
for (const event of ["focusout", "pointerout"]) $("flow").addEventListener(event, highlight(false));

new ResizeObserver(() => lastDrawn && drawArrows($("flow"), lastDrawn.flow)).observe($("flow"));
$("happen-tenant").addEventListener("change", followFlow);
