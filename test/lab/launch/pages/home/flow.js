import { apart, drawArrows } from "/arrows.js";
import { $, element, setText } from "/element.js";
import { pulse } from "/pulse.js";
import { routeRow, updateRow } from "/route.js";

const calmMs = 2_000;
const eagerMs = 300;
const eagerForMs = 8_000;

let shown = null;
let eagerUntil = 0;
let next;

/** Asks more often for a while: something was made to happen. */
export function expectNews() {
  eagerUntil = Date.now() + eagerForMs;
  clearTimeout(next);
  next = setTimeout(followFlow, eagerMs);
}

/** Draws what flows, and goes on drawing it while somebody looks. */
export async function followFlow() {
  clearTimeout(next);
  if (document.visibilityState === "visible") await show().catch(() => {});
  next = setTimeout(followFlow, Date.now() < eagerUntil ? eagerMs : calmMs);
}

async function show() {
  const tenant = $("happen-tenant").value;
  const flow = await (await fetch(`/flow.json?tenant=${encodeURIComponent(tenant)}`)).json();
  if (!flow.ready) return;
  const form = JSON.stringify([tenant, flow.targets, flow.sources.map((s) => [s.name, s.routes.map((r) => r.id)])]);
  const before = shown?.form === form ? shown.flow : null;
  if (!before) build(flow);
  for (const source of flow.sources) update(source);
  $("flow-section").hidden = false;
  drawArrows($("flow"), flow);
  if (before) pulse(before, flow);
  shown = { form, flow };
}

function build({ sources, targets }) {
  const hub = element(
    "div",
    { className: "hub" },
    element("strong", { text: "Sidelight" }),
    element("span", { text: "in the last hour" }),
  );
  hub.style.gridRow = `1 / span ${sources.length + 1}`;
  const routes = sources.flatMap((source) => source.routes);
  const ends = targets.map((target) => targetNode(target, routes.filter(({ to }) => to === target.connection).length));
  const right = element("ul", { className: "targets", ariaLabel: "Where it goes" }, ...ends);
  right.style.gridRow = `2 / span ${sources.length}`;
  const arrows = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  arrows.setAttribute("aria-hidden", "true");
  $("flow").replaceChildren(hub, ...sources.flatMap(sourceParts), right, arrows);
}

/** High enough for all arrows that end there. */
function targetNode({ connection, label }, arrows) {
  const node = element("li", { className: "node", id: `to-${connection}`, text: label });
  node.style.minHeight = `${(arrows + 1) * apart}px`;
  return node;
}

function sourceParts({ name, label, isOurs, routes }, i) {
  const id = `from-${name}`;
  const title = element("span", { id: `${id}-name`, text: isOurs ? "What Sidelight concludes itself" : label });
  const node = element("div", { className: isOurs ? "ours" : "node", id }, title, element("span", { className: "events" }));
  const list = element("ul", {}, ...routes.map(routeRow));
  list.setAttribute("aria-labelledby", `${id}-name`);
  const nothing = element("p", { className: "quiet", text: "Kept in the log. No route takes it." });
  const group = element("div", { className: "group", id: `${id}-group` }, routes.length > 0 ? list : nothing);
  if (isOurs) group.prepend(node);
  const parts = isOurs ? [group] : [node, group];
  for (const part of parts) part.style.gridRow = String(i + 2);
  return parts;
}

function update({ name, events, routes }) {
  setText($(`from-${name}`).querySelector(".events"), events === 1 ? "1 event" : `${events} events`);
  for (const route of routes) updateRow(route);
}

/** The arrow of the row that somebody looks at stands out. */
const choose =
  (isChosen) =>
  ({ target }) => {
    const row = target.closest(".route");
    if (row) $(row.id.replace("route-", "out-"))?.classList.toggle("chosen", isChosen);
  };
for (const event of ["focusin", "pointerover"]) $("flow").addEventListener(event, choose(true));
for (const event of ["focusout", "pointerout"]) $("flow").addEventListener(event, choose(false));

new ResizeObserver(() => shown && drawArrows($("flow"), shown.flow)).observe($("flow"));
$("happen-tenant").addEventListener("change", followFlow);
