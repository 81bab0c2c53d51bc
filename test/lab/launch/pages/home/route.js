import { $, element, setText } from "/element.js";

/** A route as a row: closed it shows the state, open it shows all details. */
export function routeRow({ id, to, toLabel, do: action }) {
  const name = element("span", { className: "name", text: id });
  const does = element("span", { className: "does", text: action });
  const target = element("span", { className: "target" }, element("span", { className: "unseen", text: "to " }), toLabel);
  const tally = element("span", { className: "tally" });
  const why = element("span", { className: "why" });
  const head = element("summary", {}, name, does, target, tally, why);
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
  const { done, waiting, blocked, dead_letter: deadLetters } = counts;
  const parts = [
    `${done} done`,
    waiting > 0 && `${waiting} waiting`,
    blocked > 0 && `${blocked} blocked`,
    deadLetters > 0 && `${deadLetters} in the dead-letter queue`,
    done > 0 && lastDelivered && duration(lastDelivered.ms),
  ];
  const texts = parts.filter(Boolean).map((part) => part.replaceAll(" ", "\u00a0"));
  return texts.join(" · ");
}

function why({ cause, message, nextAttemptAt }) {
  const nextStep = nextAttemptAt ? `Next attempt ${timeUntil(nextAttemptAt)}.` : "In the dead-letter queue.";
  return `${cause}: ${message} ${nextStep}`;
}

function factsOf({ on, when, do: action, toLabel, counts, delayMs, lastDelivered, lastFailure }) {
  return [
    ["events", on.join(", ")],
    ["condition", when ?? "always"],
    ["action", `${action} in ${toLabel}`],
    ["waiting now", counts.waiting],
    ["blocked", counts.blocked && `${counts.blocked} behind a dead letter`],
    ["dead letters", counts.dead_letter],
    ["withheld", counts.withheld && `${counts.withheld}, because the person withdrew consent`],
    ["done", delayMs && `50 % within ${duration(delayMs.p50)}, 95 % within ${duration(delayMs.p95)}`],
    ["last delivered", lastDelivered && clock(lastDelivered.at)],
    ["last failure", lastFailure && `${lastFailure.cause}: ${lastFailure.message} Delivery ${lastFailure.deliveryId}.`],
  ].filter(([, value]) => value);
}

const clock = (at) => new Date(at).toLocaleTimeString("en-GB");
const timeUntil = (instant) => {
  const seconds = Math.round((Date.parse(instant) - Date.now()) / 1_000);
  return seconds > 1 ? `in ${seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`}` : "now";
};

/** Milliseconds as text: 93 ms, 1.2 s, 3 min. */
export function duration(ms) {
  if (ms < 1_000) return `${ms} ms`;
  return ms < 90_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}
