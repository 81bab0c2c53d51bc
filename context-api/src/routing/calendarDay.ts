import { addDays, calendarDayOf, calendarDays, isTimeZone } from "@sidelight/model/calendar.ts";
import type jsonata from "jsonata";

const dayOfZone = new Map<string, (ms: number) => string>();

/**
 * `$calendarDay(instant, timeZone, days)`: the calendar day of an instant in a time zone, or one that many days later. A day stays as it
 * is: it belongs to no time zone. Days are added to the day, because a day can have 23 or 25 hours.
 */
export function registerCalendarDay(expression: jsonata.Expression): void {
  expression.registerFunction("calendarDay", calendarDay, "<(sl)sn?:s>");
}

function calendarDay(instant: string | null | undefined, timeZone: string, days = 0): string | undefined {
  if (instant === null || instant === undefined || !isTimeZone(timeZone)) return undefined;
  const dayOf = dayOfZone.get(timeZone) ?? calendarDays(timeZone);
  dayOfZone.set(timeZone, dayOf);
  const day = calendarDayOf(instant, dayOf);
  return day === null ? undefined : laterDay(day, days);
}

/** Nothing when the day is outside of the range of dates. */
function laterDay(day: string, days: number): string | undefined {
  const isInRange = Math.abs(Date.parse(day) + days * 86_400_000) <= 8.64e15;
  return isInRange ? addDays(day, days) : undefined;
}
