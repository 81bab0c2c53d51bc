import { $, element, setText } from "/element.js";

/** A route as a row that opens: closed it says how it fares, open all that is known of it. */
export function routeRow({ id, to, toLabel, do: action }) {
  const name = element("span", { className: "name", text: id });
  const does = element("span", { className: "does", text: action });
  const where = element("span", { className: "where" }, element("span", { className: "unseen", text: "to " }), toLabel);
  const tally = element("span", { className: "tally" });
  const why = element("span", { className: "why" });
  const head = element("summary", {}, name, does, where, tally, why);
  const row = element("li", { className: "route", id: `route-${id}` }, element("details", {}, head, element("dl")));
  row.dataset.to = to;
  return row;
}

export function updateRow(route) {
  const row = $(`route-${route.id}`);
  row.dataset.state = route.state;
  setText(row.querySelector(".tally"), tally(route));
  setText(row.querySelector(".why"), route.state === "failing" ? why(route.lastFailure) : "");
  const facts = factsOf(route);
  const list = row.querySelector("dl");
  if (list.dataset.facts === JSON.stringify(facts)) return;
  list.dataset.facts = JSON.stringify(facts);
  list.replaceChildren(...facts.flatMap(([term, text]) => [element("dt", { text: term }), element("dd", { text })]));
}

function tally({ counts, lastDelivered }) {
  const { done, waiting, held, dead } = counts;
  const parts = [
    `${done} done`,
    waiting > 0 && `${waiting} waiting`,
    held > 0 && `${held} held`,
    dead > 0 && `${dead} given up`,
    done > 0 && lastDelivered && duration(lastDelivered.ms),
  ];
  const whole = parts.filter(Boolean).map((part) => part.replaceAll(" ", "\u00a0"));
  return whole.join(" · ");
}

function why({ cause, message, nextAttemptAt }) {
  const again = nextAttemptAt ? `Next try ${soon(nextAttemptAt)}.` : "Given up.";
  return `${cause}: ${message} ${again}`;
}

function factsOf({ on, when, do: action, toLabel, counts, delayMs, lastDelivered, lastFailure }) {
  return [
    ["takes", on.join(", ")],
    ["when", when ?? "always"],
    ["does", `${action} in ${toLabel}`],
    ["waiting now", counts.waiting],
    ["held", counts.held && `${counts.held} behind one that was given up`],
    ["given up", counts.dead],
    ["withheld", counts.withheld && `${counts.withheld}, since the person has declined`],
    ["done", delayMs && `half within ${duration(delayMs.p50)}, 95 % within ${duration(delayMs.p95)}`],
    ["last delivered", lastDelivered && clock(lastDelivered.at)],
    ["last failure", lastFailure && `${lastFailure.cause}: ${lastFailure.message} Delivery ${lastFailure.deliveryId}.`],
  ].filter(([, value]) => value);
}

const clock = (at) => new Date(at).toLocaleTimeString("en-GB");
const soon = (at) => {
  const seconds = Math.round((Date.parse(at) - Date.now()) / 1_000);
  return seconds > 1 ? `in ${seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`}` : "now";
};

/** Milliseconds as a person reads them. */
export function duration(ms) {
  if (ms < 1_000) return `${ms} ms`;
  return ms < 90_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}
