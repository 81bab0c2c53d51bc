import { calendarDays } from "@sidelight/model/calendar.ts";
import type { SyncSchedule } from "../config/schema.ts";

const minuteMs = 60_000;
const quarterHourMs = 15 * minuteMs;

/** When a stream is pulled again, epoch ms. Without a schedule, `everyMs` of its platform counts. */
export function nextPull(schedule: SyncSchedule | null, everyMs: number, lastPullAt: number, timeZone: string): number {
  if (!schedule) return lastPullAt + everyMs;
  if (schedule.mode !== "nightly") return lastPullAt + schedule.minutes * minuteMs;
  return nextTimeOfDay(schedule.at, lastPullAt, timeZone);
}

/** The next instant at which the tenant's local time is `timeOfDay`, to the quarter hour. */
function nextTimeOfDay(timeOfDay: string, lastPullAt: number, timeZone: string): number {
  const localTime = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const dayOf = calendarDays(timeZone);
  const [hours = 0, minutes = 0] = timeOfDay.split(":").map(Number);
  const today = dayOf(lastPullAt);
  for (let t = Math.floor(lastPullAt / quarterHourMs) * quarterHourMs + quarterHourMs; ; t += quarterHourMs) {
    const [h = 0, m = 0] = localTime.format(t).split(":").map(Number);
    const isPast = h > hours || (h === hours && m >= minutes);
    // When daylight saving time skips that hour, the first instant after it counts.
    if (isPast && (dayOf(t) !== today || !hadPassed(localTime, lastPullAt, hours, minutes))) return t;
  }
}

function hadPassed(localTime: Intl.DateTimeFormat, instant: number, hours: number, minutes: number): boolean {
  const [h = 0, m = 0] = localTime.format(instant).split(":").map(Number);
  return h > hours || (h === hours && m >= minutes);
}
