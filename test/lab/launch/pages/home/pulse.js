import { svgElement } from "/arrows.js";
import { $, setText } from "/element.js";
import { duration } from "/route.js";

const travelMs = 700;
const highlightMs = 5_000;
const prefersReducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Shows the difference of two states once: new events, then the deliveries of the routes with their duration. */
export function pulse(previous, next) {
  const activeSources = next.sources.filter((source) => source.events > eventsOf(previous, source.name));
  const activeRoutes = routesOf(next).filter((route) =>
    isNew(
      route,
      routesOf(previous).find(({ id }) => id === route.id),
    ),
  );
  for (const { name } of activeSources) travel(`in-${name}`, 0);
  for (const { id } of activeRoutes) {
    travel(`out-${id}`, activeSources.length > 0 ? travelMs : 0);
    highlightRow($(`route-${id}`));
  }
  if (activeRoutes.length > 0) setText($("flow-news"), activeRoutes.map(announcement).join(" "));
}

const routesOf = ({ sources }) => sources.flatMap(({ routes }) => routes);
const eventsOf = ({ sources }, name) => sources.find((source) => source.name === name)?.events ?? 0;
const isNew = ({ lastDelivered }, previous) => lastDelivered !== null && lastDelivered.at !== previous?.lastDelivered?.at;
const announcement = ({ id, toLabel, lastDelivered }) => `${id} to ${toLabel}: delivered after ${duration(lastDelivered.ms)}.`;

/** Moves a dot along the arrow, unless the person prefers reduced motion. */
function travel(id, delay) {
  const arrow = $(id);
  if (!arrow || prefersReducedMotion()) return;
  const dot = svgElement("circle", { r: "4", class: "dot" });
  dot.style.offsetPath = `path("${arrow.querySelector(".line").getAttribute("d")}")`;
  arrow.append(dot);
  const keyframes = [
    { offsetDistance: "0%", opacity: 0 },
    { opacity: 1, offset: 0.1 },
    { opacity: 1, offset: 0.9 },
    { offsetDistance: "100%", opacity: 0 },
  ];
  const run = dot.animate(keyframes, { duration: travelMs, delay, easing: "ease-in-out", fill: "backwards" });
  run.finished.finally(() => dot.remove());
}

function highlightRow(row) {
  row.classList.add("highlighted");
  clearTimeout(Number(row.dataset.dim));
  row.dataset.dim = setTimeout(() => row.classList.remove("highlighted"), highlightMs);
}
