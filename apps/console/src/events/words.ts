import type { EventStage, RouteOutcome } from "@sidelight/contracts/events/event.ts";
import { stateTones, stateWords } from "../deliveries/words.ts";
import { labelWords } from "../ui/words.ts";

export const stageWords: Readonly<Record<EventStage["stage"], string>> = {
  received: "Received",
  verified: "Verified",
  parsed: "Parsed",
  appended: "Stored",
  matched: "Customer matched",
  projected: "Projected",
  derived: "Another event follows",
  routed: "Routed",
  not_routed: "Not routed",
  delivered: "Delivery ended",
  confirmed: "Confirmed by the target",
  seen: "Shown in a panel",
};

const outcomes: Readonly<Record<string, string>> = {
  condition_false: "Condition not true",
  no_link: "No record at the target",
  unchanged: "Nothing to write",
  duplicate: "Delivered before",
  echo: "Our own write",
  loop: "Loop stopped",
  already_alerted: "Reported before",
  disabled: "Route disabled",
  imported: "Imported history",
  already_known: "No newer version",
  would_deliver: "Would deliver",
};

const isState = (outcome: string): outcome is keyof typeof stateWords => Object.hasOwn(stateWords, outcome);

/** What a route made of an event: the state of its delivery, or why there is none. */
export const outcomeWords = (outcome: RouteOutcome["outcome"]): string =>
  isState(outcome) ? stateWords[outcome] : (outcomes[outcome] ?? labelWords(outcome));

export const outcomeTone = (outcome: RouteOutcome["outcome"]): (typeof stateTones)[keyof typeof stateTones] =>
  isState(outcome) ? stateTones[outcome] : outcome === "would_deliver" ? "good" : "neutral";
