/** Today's calendar day where the person is, and days after it: YYYY-MM-DD. An unknown zone is UTC. */
export function localDay(now: number, timeZone: string, daysLater = 0): string {
  const day = new Date(`${dayIn(now, timeZone)}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() + daysLater);
  return day.toISOString().slice(0, 10);
}

function dayIn(now: number, timeZone: string): string {
  try {
    return new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" }).format(now);
  } catch {
    return new Date(now).toISOString().slice(0, 10);
  }
}
