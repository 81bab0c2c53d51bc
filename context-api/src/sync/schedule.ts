import { calendarDays } from "@sidelight/model/calendar.ts";
import type { SyncSchedule } from "../config/schema.ts";

const minuteMs = 60_000;
const quarterHourMs = 15 * minuteMs;

/** When a stream is pulled again, epoch ms. Without a schedule its platform's own pause holds. */
export function nextPull(schedule: SyncSchedule | null, everyMs: number, lastAt: number, timeZone: string): number {
  if (!schedule) return lastAt + everyMs;
  if (schedule.mode !== "nightly") return lastAt + schedule.minutes * minuteMs;
  return nextAt(schedule.at, lastAt, timeZone);
}

/** The next time that a clock on the tenant's wall shows `at`, found to the quarter hour. */
function nextAt(at: string, after: number, timeZone: string): number {
  const wall = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const dayOf = calendarDays(timeZone);
  const [hours = 0, minutes = 0] = at.split(":").map(Number);
  const today = dayOf(after);
  for (let t = Math.floor(after / quarterHourMs) * quarterHourMs + quarterHourMs; ; t += quarterHourMs) {
    const [h = 0, m = 0] = wall.format(t).split(":").map(Number);
    const isPast = h > hours || (h === hours && m >= minutes);
    // Where the clocks go forward over that hour, the first moment after it counts.
    if (isPast && (dayOf(t) !== today || !hadPassed(wall, after, hours, minutes))) return t;
  }
}

function hadPassed(wall: Intl.DateTimeFormat, at: number, hours: number, minutes: number): boolean {
  const [h = 0, m = 0] = wall.format(at).split(":").map(Number);
  return h > hours || (h === hours && m >= minutes);
}
