import type { EventStage, RouteOutcome } from "@sidelight/contracts/events/event.ts";
import { type DeliveryState, openDeliveries } from "../../deliveries/deliveryQueue.ts";
import type { LoggedEvent } from "../../log/listEvents.ts";
import type { TenantLog } from "../../log/log.ts";
import { allRoutes, type Reason, type ReasonCode, readDecisions } from "../../routing/decisions.ts";
import { unroutableReason } from "../../routing/router.ts";
import { iso } from "../instant.ts";

export const reasonWords: Record<ReasonCode, string> = {
  condition_false: "The condition is not true.",
  no_link: "The customer has no record at the platform.",
  unchanged:
    "There is nothing to write: the values are those of the last delivery, or the update changed nothing that the route maps.",
  duplicate: "An earlier event made this delivery.",
  echo: "The event reports what a delivery of Sidelight wrote.",
  loop: "The route was stopped: its deliveries and those of another route cause each other.",
  already_alerted: "The customer's risk was reported before.",
  disabled: "The route is disabled.",
  imported: "The event is imported history.",
  already_known: "The event brought no newer version of its record.",
};

const deliveryWords: Record<DeliveryState, string> = {
  waiting: "The delivery waits for its next attempt.",
  done: "Delivered.",
  dead_letter: "The delivery is in the dead-letter queue.",
  blocked: "The delivery waits behind a dead letter.",
  withheld: "The person withdrew consent.",
};

/** What each route made of an event: its delivery, or why there is none. */
export async function routeOutcomes(log: TenantLog, event: LoggedEvent): Promise<RouteOutcome[]> {
  const deliveries = await openDeliveries(log).list({ limit: 1_000, event: event.event_id });
  const deliveryOutcomes = deliveries.reverse().map(({ id, route, state, message }): RouteOutcome => {
    const words = deliveryWords[state as DeliveryState];
    return { route, outcome: state, detail: message === null ? words : `${words} ${message}`, deliveryId: id };
  });
  const storedDecisions = await readDecisions(log.store, event);
  const unroutable = unroutableReason(event);
  const reasons = storedDecisions ? [...storedDecisions.decisions] : unroutable ? [[allRoutes, unroutable] as const] : [];
  return [...deliveryOutcomes, ...reasons.map(([route, reason]) => skipped(route, reason))];
}

function skipped(route: string, { code, detail }: Reason): RouteOutcome {
  const words = code === "no_link" && detail !== null ? `The customer has no ${detail}.` : reasonWords[code];
  return { route: route === allRoutes ? null : route, outcome: code, detail: words, deliveryId: null };
}

/** The same as stages of the trace, for routes without a delivery. */
export const skippedStages = (event: LoggedEvent, outcomes: readonly RouteOutcome[]): EventStage[] =>
  outcomes
    .filter(({ deliveryId }) => deliveryId === null)
    .map(({ route, outcome, detail }) => ({
      stage: "not_routed",
      at: iso(event.received_at),
      detail: `${route ?? "all routes"}: ${outcome}. ${detail}`,
      panel: null,
    }));
