import type { UsageData } from "@sidelight/model/records.ts";
import type { ExportedEvent } from "./exportLines.ts";
import type { MixpanelOptions } from "./options.ts";

/** Usage by distinct id, counted from one export of whole days. */
export type UsageByPerson = Map<string, UsageData>;

/** Value of `mp_lib` in the events that our deliveries track. */
export const ownLibrary = "sidelight";

export const noUsage = (): UsageData => ({ kind: "usage", lastActiveAt: null, days: {}, funnel: {} });

/** Adds one event to the counts. Events that we tracked are no use of the product. `dayOf` gives the calendar day in the tenant's time zone. */
export function count(
  usage: UsageByPerson,
  event: ExportedEvent,
  mapping: MixpanelOptions["mapping"],
  dayOf: (ms: number) => string,
) {
  const { time, distinct_id } = event.properties;
  if (event.properties["mp_lib"] === ownLibrary) return;
  // Seconds since the epoch; some older projects export milliseconds.
  const ms = time > 1e11 ? time : time * 1000;
  // Outside the range of Date: the event has no day and is skipped.
  if (Math.abs(ms) > 8.64e15) return;
  const instant = new Date(ms).toISOString();
  let person = usage.get(distinct_id);
  if (!person) {
    person = noUsage();
    usage.set(distinct_id, person);
  }
  const day = person.days[dayOf(ms)] ?? { events: 0, sessions: 0, features: {} };
  person.days[dayOf(ms)] = day;
  day.events += 1;
  if (event.event === mapping.sessionEvent) day.sessions += 1;
  if (event.event === mapping.feature.event) {
    const value = event.properties[mapping.feature.property];
    // An event may name several features in a list.
    for (const feature of new Set<unknown>(Array.isArray(value) ? value : [value])) {
      if (typeof feature !== "string") continue;
      // A feature may be named like an inherited property: "constructor".
      const uses = Object.hasOwn(day.features, feature) ? (day.features[feature] ?? 0) : 0;
      day.features[feature] = uses + 1;
    }
  }
  if (mapping.funnel.steps.includes(event.event)) {
    const earliest = person.funnel[event.event];
    if (earliest === undefined || instant < earliest) person.funnel[event.event] = instant;
  }
  if (person.lastActiveAt === null || instant > person.lastActiveAt) person.lastActiveAt = instant;
}
