import { calendarDays, wallClock } from "./calendar.ts";

/** A calendar month of a time zone. Instants are epoch ms. */
export interface Month {
  /** `2026-11` */
  name: string;
  startsAt: number;
  /** The first instant of the next month. */
  endsAt: number;
}

/** The month that an instant falls into. */
export function monthOf(instant: number, timeZone: string): Month {
  const name = calendarDays(timeZone)(instant).slice(0, 7);
  const [year = 0, month = 1] = name.split("-").map(Number);
  const startOf = (monthIndex: number): number => wallClock(timeZone)(Date.UTC(year, monthIndex, 1));
  return { name, startsAt: startOf(month - 1), endsAt: startOf(month) };
}
