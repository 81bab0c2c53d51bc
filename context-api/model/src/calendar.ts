/**
 * Returns a function from epoch ms to the calendar day in a time zone, `2026-11-21`. Caches by quarter hour: offsets change only at
 * quarter hours.
 */
export function calendarDays(timeZone: string): (ms: number) => string {
  const format = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  const quarterHour = 900_000;
  const dayBySlot = new Map<number, string>();
  return (ms) => {
    const slot = Math.floor(ms / quarterHour);
    let day = dayBySlot.get(slot);
    if (day === undefined) {
      day = format.format(slot * quarterHour);
      if (dayBySlot.size > 50_000) dayBySlot.clear();
      dayBySlot.set(slot, day);
    }
    return day;
  };
}
