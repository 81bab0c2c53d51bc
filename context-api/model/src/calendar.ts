/** Calendar days in a time zone, `2026-11-21`, for an instant in epoch ms. Remembers by quarter hours: zones change on those. */
export function calendarDays(timeZone: string): (ms: number) => string {
  const format = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  const quarterHour = 900_000;
  const known = new Map<number, string>();
  return (ms) => {
    const slot = Math.floor(ms / quarterHour);
    let day = known.get(slot);
    if (day === undefined) {
      day = format.format(slot * quarterHour);
      if (known.size > 50_000) known.clear();
      known.set(slot, day);
    }
    return day;
  };
}
