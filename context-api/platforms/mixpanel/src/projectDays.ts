import { addDays, calendarDays, wallClock } from "@sidelight/model/calendar.ts";

/** Mixpanel refuses an export up to a day that has not begun in the project. */
export interface ProjectDays {
  /**
   * Days to try as the last day of an export, in this order. None is later than `lastDay`.
   * @param isPatient false for a caller with a deadline: a day that has not begun in UTC is tried only if the project was ahead before
   */
  lastDays(lastDay: string, isPatient: boolean): string[];
  /** The project accepted this day as the last one, or refused it. */
  accept(day: string): void;
  refuse(day: string): void;
  /** The instant of an exported event, epoch ms. */
  instantOf(exportedMs: number): number;
}

/** A refused day is tried again after this long. */
const refusalMs = 3_600_000;
/** The same for a day that has not begun in UTC, while the project was never ahead of UTC: most projects are not. */
const aheadRefusalMs = 6 * 3_600_000;
/** What a refusal shows about the project's time zone holds until its clock may have been changed. */
const offsetMs = 7 * 86_400_000;
const firstZone = "Etc/GMT-14";
const lastZone = "Etc/GMT+12";

/**
 * Days of exports are UTC days for a project created since 2023. An older one has days of its own time zone, and writes the times of its
 * events as its wall clock shows them. The setting names that zone. Without it the latest day that may have begun is tried first. A
 * refusal shows how far the project can be ahead of UTC at most, so that few are needed.
 */
export function createProjectDays({
  projectZone,
  now,
  monotonic,
}: {
  projectZone: string | undefined;
  now(): number;
  monotonic(): number;
}): ProjectDays {
  const dayInProject = calendarDays(projectZone ?? firstZone);
  const dayInLastZone = calendarDays(lastZone);
  let refusal: { day: string; at: number } | null = null;
  let aheadBelow: { ms: number; at: number } | null = null;
  let isAhead = false;
  const hasBegunInUtc = (day: string): boolean => Date.parse(day) <= now();
  const isRefused = (day: string): boolean => {
    if (projectZone === undefined && aheadBelow !== null && monotonic() - aheadBelow.at < offsetMs) {
      if (Date.parse(day) - now() >= aheadBelow.ms) return true;
    }
    const waitMs = isAhead || hasBegunInUtc(day) ? refusalMs : aheadRefusalMs;
    return refusal !== null && day >= refusal.day && monotonic() - refusal.at < waitMs;
  };
  return {
    lastDays(lastDay, isPatient) {
      const instant = now();
      const latest = dayInProject(instant);
      const days: string[] = [];
      // In the last time zone of the world this day has begun, so a refusal has another reason.
      const certain = dayInLastZone(instant) < lastDay ? dayInLastZone(instant) : lastDay;
      for (let day = latest < lastDay ? latest : lastDay; day >= certain; day = addDays(day, -1)) {
        const isWorthTrying = !isRefused(day) && (isPatient || isAhead || projectZone !== undefined || hasBegunInUtc(day));
        if (day === certain || isWorthTrying) days.push(day);
      }
      return days;
    },
    accept(day) {
      if (!hasBegunInUtc(day)) isAhead = true;
    },
    refuse(day) {
      refusal = { day, at: monotonic() };
      // In the project this day begins later than now.
      const ms = Date.parse(day) - now();
      const isLower = aheadBelow === null || ms < aheadBelow.ms || monotonic() - aheadBelow.at >= offsetMs;
      if (isLower) aheadBelow = { ms, at: monotonic() };
    },
    instantOf: projectZone === undefined ? (ms) => ms : wallClock(projectZone),
  };
}
