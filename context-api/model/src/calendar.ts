/** Keeps one result for each time zone: making a format costs as much as hundreds of uses. */
function byTimeZone<T>(make: (timeZone: string) => T): (timeZone: string) => T {
  const results = new Map<string, T>();
  return (timeZone) => {
    const result = results.get(timeZone) ?? make(timeZone);
    results.set(timeZone, result);
    return result;
  };
}

/**
 * Returns a function from epoch ms to the calendar day in a time zone, `2026-11-21`. Caches by quarter hour: offsets change only at
 * quarter hours.
 */
export const calendarDays = byTimeZone((timeZone: string): ((ms: number) => string) => {
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
});

/**
 * Returns a function from the time of a wall clock in a time zone to the instant, both epoch ms: a wall clock that shows 2026-11-21 09:00
 * has the value of 2026-11-21T09:00Z. Of an hour that a clock shows twice a year, it gives one of the two.
 */
export const wallClock = byTimeZone((timeZone: string): ((wallMs: number) => number) => {
  const format = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" });
  const quarterHour = 900_000;
  const offsetBySlot = new Map<number, number>();
  const offsetAt = (ms: number): number => {
    const slot = Math.floor(ms / quarterHour);
    let offset = offsetBySlot.get(slot);
    if (offset === undefined) {
      offset = offsetOf(format, slot * quarterHour);
      if (offsetBySlot.size > 50_000) offsetBySlot.clear();
      offsetBySlot.set(slot, offset);
    }
    return offset;
  };
  return (wallMs) => wallMs - offsetAt(wallMs - offsetAt(wallMs));
});

/** Ms that the zone is ahead of UTC, from `GMT+05:30`. */
function offsetOf(format: Intl.DateTimeFormat, ms: number): number {
  const name = format.formatToParts(ms).find(({ type }) => type === "timeZoneName")?.value ?? "";
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)/.exec(name) ?? [];
  const offset = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000;
  return sign === "-" ? -offset : offset;
}

/**
 * The calendar day that a text names. A date without a time is one already: it belongs to no time zone and is never shifted. An instant
 * falls on a day of the tenant's time zone, which `dayOf` gives. Null for any other text.
 */
export function calendarDayOf(text: string, dayOf: (ms: number) => string): string | null {
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return Number.isFinite(Date.parse(text)) ? text : null;
  const ms = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isFinite(ms) ? dayOf(ms) : null;
}

/** The calendar day this many days later: "2026-11-21" and −1 → "2026-11-20". */
export function addDays(day: string, count: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * 86_400_000).toISOString().slice(0, 10);
}

/** Whole days from one calendar day to another, both `2026-11-21`; negative when the second is earlier. */
export const daysBetween = (from: string, to: string): number => Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);

/** Accepts every name of a zone. `Intl.supportedValuesOf` lists only one of them, not always the newest. */
export function isTimeZone(zone: string): boolean {
  try {
    return /^[A-Za-z]/.test(zone) && Boolean(new Intl.DateTimeFormat("en", { timeZone: zone }));
  } catch {
    return false;
  }
}
