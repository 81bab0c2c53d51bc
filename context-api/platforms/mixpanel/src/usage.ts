import type { UsageData } from "@sidelight/model/records.ts";
import type { ExportedEvent } from "./client.ts";
import type { MixpanelOptions } from "./options.ts";

/** Counts by person: what one export of whole days says. */
export type UsageByPerson = Map<string, UsageData>;

/** Days of use older than this are dropped when a person's usage is next written. */
const keptDays = 120;

/** Adds one event to the counts. `dayOf` gives the calendar day in the tenant's time zone. */
export function count(
  usage: UsageByPerson,
  event: ExportedEvent,
  mapping: MixpanelOptions["mapping"],
  dayOf: (ms: number) => string,
) {
  const { time, distinct_id } = event.properties;
  // Seconds since the epoch; some older projects export milliseconds.
  const ms = time > 1e11 ? time : time * 1000;
  // Outside ECMAScript's time range: no day to count it on, and no reason to lose the others.
  if (Math.abs(ms) > 8.64e15) return;
  const at = new Date(ms).toISOString();
  let person = usage.get(distinct_id);
  if (!person) {
    person = { kind: "usage", lastActiveAt: null, days: {}, funnel: {} };
    usage.set(distinct_id, person);
  }
  person.days[dayOf(ms)] ??= { events: 0, sessions: 0, features: {} };
  const day = person.days[dayOf(ms)]!;
  day.events += 1;
  if (event.event === mapping.sessionEvent) day.sessions += 1;
  if (event.event === mapping.feature.event) {
    const feature = event.properties[mapping.feature.property];
    if (typeof feature === "string") {
      // It may be named like something that every object has: "constructor".
      const before = Object.hasOwn(day.features, feature) ? day.features[feature]! : 0;
      day.features[feature] = before + 1;
    }
  }
  if (mapping.funnel.steps.includes(event.event)) {
    const before = person.funnel[event.event];
    if (before === undefined || at < before) person.funnel[event.event] = at;
  }
  if (person.lastActiveAt === null || at > person.lastActiveAt) person.lastActiveAt = at;
}

/** The stored usage with the days `from`..`to` (both included) replaced by what was counted anew. */
export function merge(before: UsageData | undefined, counted: UsageData | undefined, from: string, to: string): UsageData {
  const days: UsageData["days"] = {};
  const oldest = addDays(to, -keptDays);
  for (const [day, counts] of Object.entries(before?.days ?? {})) {
    if ((day < from || day > to) && day >= oldest) days[day] = counts;
  }
  Object.assign(days, counted?.days);
  const funnel: Record<string, string> = { ...counted?.funnel };
  for (const [step, at] of Object.entries(before?.funnel ?? {})) {
    const counted = funnel[step];
    if (counted === undefined || at < counted) funnel[step] = at;
  }
  const lastActiveAt =
    [before?.lastActiveAt, counted?.lastActiveAt]
      .filter((at) => typeof at === "string")
      .sort()
      .at(-1) ?? null;
  const ordered = Object.fromEntries(Object.entries(days).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { kind: "usage", lastActiveAt, days: ordered, funnel };
}

/** "2026-11-21" and −1 → "2026-11-20". */
export function addDays(day: string, by: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + by * 86_400_000).toISOString().slice(0, 10);
}
