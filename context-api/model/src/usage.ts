import { addDays } from "./calendar.ts";
import type { CountedDays, UsageData } from "./records.ts";

/** Older days are dropped when a person's usage is written. */
const retentionDays = 120;

/**
 * The stored usage with new counts of the days `from`..`to` (inclusive).
 * @param isLate true when a later read is stored already: its counts of a day contain at least as many events, so the larger count stays
 */
export function mergeUsage(
  previous: UsageData | undefined,
  counts: UsageData,
  { from, to, countedSince }: CountedDays,
  isLate = false,
): UsageData {
  const days: UsageData["days"] = {};
  const oldest = addDays(to, -retentionDays);
  for (const [day, stored] of Object.entries(previous?.days ?? {})) {
    const isReplaced = !isLate && day >= from && day <= to;
    if (!isReplaced && day >= oldest) days[day] = stored;
  }
  for (const [day, counted] of Object.entries(counts.days)) {
    if (day >= from && day <= to && counted.events >= (days[day]?.events ?? 0)) days[day] = counted;
  }
  const funnel: Record<string, string> = { ...counts.funnel };
  for (const [step, reachedAt] of Object.entries(previous?.funnel ?? {})) {
    const earliest = funnel[step];
    if (earliest === undefined || reachedAt < earliest) funnel[step] = reachedAt;
  }
  const lastActiveAt =
    [previous?.lastActiveAt, counts.lastActiveAt]
      .filter((reachedAt) => typeof reachedAt === "string")
      .sort()
      .at(-1) ?? null;
  const sortedDays = Object.fromEntries(Object.entries(days).sort(([a], [b]) => (a < b ? -1 : 1)));
  const since = previous ? earlierStart(previous.countedSince, { from, to, countedSince }) : countedSince;
  return { kind: "usage", lastActiveAt, days: sortedDays, funnel, ...(since ? { countedSince: since } : {}) };
}

/** A stored usage without a start is of an earlier release, which did not record it. Days between two counts are not counted. */
function earlierStart(stored: string | undefined, { to, countedSince }: CountedDays): string | undefined {
  if (stored === undefined || countedSince === null) return stored;
  return countedSince < stored && addDays(to, 1) >= stored ? countedSince : stored;
}
