import { addDays } from "@sidelight/model/calendar.ts";
import type { UsageData } from "@sidelight/model/records.ts";
import type { ExportedEvent } from "./exportLines.ts";
import type { MixpanelOptions } from "./options.ts";

/** Usage by distinct id, counted from one export of whole days. */
export type UsageByPerson = Map<string, UsageData>;

/** Older days are dropped when a person's usage is written. */
const retentionDays = 120;

/** Value of `mp_lib` in the events that our deliveries track. */
export const ownLibrary = "sidelight";

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
    person = { kind: "usage", lastActiveAt: null, days: {}, funnel: {} };
    usage.set(distinct_id, person);
  }
  const day = person.days[dayOf(ms)] ?? { events: 0, sessions: 0, features: {} };
  person.days[dayOf(ms)] = day;
  day.events += 1;
  if (event.event === mapping.sessionEvent) day.sessions += 1;
  if (event.event === mapping.feature.event) {
    const feature = event.properties[mapping.feature.property];
    if (typeof feature === "string") {
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

/**
 * The stored usage with the days `from`..`to` (inclusive) replaced by new counts.
 * @param countedSince day from which on every event of a person without stored usage was counted
 */
export function merge(
  previous: UsageData | undefined,
  counts: UsageData | undefined,
  { from, to, countedSince }: { from: string; to: string; countedSince: string | null },
): UsageData {
  const days: UsageData["days"] = {};
  const oldest = addDays(to, -retentionDays);
  for (const [day, counts] of Object.entries(previous?.days ?? {})) {
    if ((day < from || day > to) && day >= oldest) days[day] = counts;
  }
  Object.assign(days, counts?.days);
  const funnel: Record<string, string> = { ...counts?.funnel };
  for (const [step, reachedAt] of Object.entries(previous?.funnel ?? {})) {
    const earliest = funnel[step];
    if (earliest === undefined || reachedAt < earliest) funnel[step] = reachedAt;
  }
  const lastActiveAt =
    [previous?.lastActiveAt, counts?.lastActiveAt]
      .filter((reachedAt) => typeof reachedAt === "string")
      .sort()
      .at(-1) ?? null;
  const sortedDays = Object.fromEntries(Object.entries(days).sort(([a], [b]) => (a < b ? -1 : 1)));
  // A stored usage without it is of an earlier release, which did not record it.
  const since = previous ? previous.countedSince : countedSince;
  return { kind: "usage", lastActiveAt, days: sortedDays, funnel, ...(since ? { countedSince: since } : {}) };
}
