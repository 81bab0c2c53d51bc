import { made } from "/arrows.js";
import { $, setText } from "/element.js";
import { duration } from "/route.js";

const travelMs = 700;
const litMs = 5_000;
const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Shows once what has moved since: what came in first, then where it went, and how long that took. */
export function pulse(before, after) {
  const came = after.sources.filter((source) => source.events > eventsOf(before, source.name));
  const carried = routesOf(after).filter((route) =>
    isNew(
      route,
      routesOf(before).find(({ id }) => id === route.id),
    ),
  );
  for (const { name } of came) travel(`in-${name}`, 0);
  for (const { id } of carried) {
    travel(`out-${id}`, came.length > 0 ? travelMs : 0);
    light($(`route-${id}`));
  }
  if (carried.length > 0) setText($("flow-news"), carried.map(said).join(" "));
}

const routesOf = ({ sources }) => sources.flatMap(({ routes }) => routes);
const eventsOf = ({ sources }, name) => sources.find((source) => source.name === name)?.events ?? 0;
const isNew = ({ lastDelivered }, before) => lastDelivered !== null && lastDelivered.at !== before?.lastDelivered?.at;
const said = ({ id, toLabel, lastDelivered }) => `${id} to ${toLabel}: done after ${duration(lastDelivered.ms)}.`;

/** A dot runs along the arrow, where nobody has asked for less motion. */
function travel(id, delay) {
  const arrow = $(id);
  if (!arrow || isCalm()) return;
  const dot = made("circle", { r: "4", class: "dot" });
  dot.style.offsetPath = `path("${arrow.querySelector(".line").getAttribute("d")}")`;
  arrow.append(dot);
  const way = [
    { offsetDistance: "0%", opacity: 0 },
    { opacity: 1, offset: 0.1 },
    { opacity: 1, offset: 0.9 },
    { offsetDistance: "100%", opacity: 0 },
  ];
  const run = dot.animate(way, { duration: travelMs, delay, easing: "ease-in-out", fill: "backwards" });
  run.finished.finally(() => dot.remove());
}

function light(row) {
  row.classList.add("lit");
  clearTimeout(Number(row.dataset.dim));
  row.dataset.dim = setTimeout(() => row.classList.remove("lit"), litMs);
}
