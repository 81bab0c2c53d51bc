import { HOUR } from "../../world/time.ts";

/** Days are UTC for projects made since 2023, and in the project's time zone for older ones. */
export function startOfDay(zone: string, date: string): number {
  const utc = Date.parse(date);
  if (zone === "UTC") return utc;
  // Finds the offset at that midnight by trial: offsets are between −12 h and +14 h.
  for (let guess = utc - 14 * HOUR; guess <= utc + 12 * HOUR; guess += HOUR / 4)
    if (wall(zone, guess) === `${date} 00:00`) return guess;
  return utc;
}

/** What a clock of the zone shows at an instant, as if it were UTC. */
export const wallTime = (zone: string, instant: number): number =>
  Date.parse(`${wall(zone, instant).replace(" ", "T")}Z`) + (instant % 60_000);

export const today = (zone: string, now: number): string => wall(zone, now).slice(0, 10);

const formats = new Map<string, Intl.DateTimeFormat>();
function wall(zone: string, localTime: number): string {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("sv-SE", {
      timeZone: zone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    formats.set(zone, format);
  }
  return format.format(localTime);
}
