import type { Money } from "@sidelight/contracts/context/primitives.ts";
import type { Translator } from "./translate.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

export interface Formatter {
  number(value: number): string;
  /** 0.62 → "62 %" */
  percent(share: number): string;
  /** 8 → "+8", −12 → "−12" */
  signed(value: number): string;
  money(money: Money): string;
  /** A calendar day, `2026-11-21`, which no time zone shifts. */
  day(day: string): string;
  /** Date and time; the date alone for a calendar day. */
  exact(instant: string): string;
  /** "10:42" today, date and time otherwise. */
  moment(instant: string): string;
}

const cache = new Map<string, Formatter>();

/** Formatters are costly to create and used at each tick, so the last few are cached. */
export function createFormatter(locale: string, timeZone: string, now: number): Formatter {
  const zone = validZone(timeZone);
  const language = validLocale(locale);
  const today = calendarDay(now, zone);
  const key = `${language}|${zone}|${today}`;
  const existing = cache.get(key);
  if (existing) return existing;
  if (cache.size > 20) cache.clear();
  const formatter = makeFormatter(language, zone, today);
  cache.set(key, formatter);
  return formatter;
}

function makeFormatter(locale: string, timeZone: string, today: string): Formatter {
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 });
  const signed = new Intl.NumberFormat(locale, { signDisplay: "exceptZero", maximumFractionDigits: 0 });
  const days = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" });
  const exact = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", timeZone });
  const time = new Intl.DateTimeFormat(locale, { timeStyle: "short", timeZone });
  return {
    number: (value) => number.format(value),
    percent: (share) => percent.format(share),
    // A minus sign, because a hyphen is easily missed beside a number.
    signed: (value) => signed.format(value).replace("-", "−"),
    money: (money) => formatMoney(locale, money),
    day: (text) => attempt(() => days.format(Date.parse(`${text}T00:00:00Z`)), text),
    exact: (instant) => attempt(() => (isDay(instant) ? days : exact).format(Date.parse(instant)), instant),
    moment: (instant) =>
      attempt(() => {
        if (isDay(instant)) return days.format(Date.parse(instant));
        const ms = Date.parse(instant);
        return (calendarDay(ms, timeZone) === today ? time : exact).format(ms);
      }, instant),
  };
}

function formatMoney(locale: string, { amount, currency }: Money): string {
  // Whole amounts are shown without cents. The currency decides the number of digits otherwise.
  const digits = Number.isInteger(amount) ? { minimumFractionDigits: 0, maximumFractionDigits: 0 } : {};
  const create = () => new Intl.NumberFormat(locale, { style: "currency", currency, ...digits });
  return attempt(
    () => remembered(`money ${locale} ${currency} ${Number.isInteger(amount)}`, create).format(amount),
    `${amount} ${currency}`,
  );
}

/** "just now", "2 min", "3 h", "4 d": short enough for a heading. */
export function ageText(t: Translator, ageMs: number): string {
  const ms = Math.max(0, ageMs);
  if (ms < minute) return t("age.now");
  if (ms < hour) return t("age.minutes", { n: Math.floor(ms / minute) });
  if (ms < 2 * day) return t("age.hours", { n: Math.floor(ms / hour) });
  return t("age.days", { n: Math.floor(ms / day) });
}

/** "5 min": the age of something that is to come, at least a minute. */
export const remainingText = (t: Translator, ms: number): string => ageText(t, Math.max(minute, ms));

/** "2 min ago", or "just now" within the first minute. */
export function agoText(t: Translator, ageMs: number): string {
  return ageMs < minute ? t("age.now") : t("age.ago", { age: ageText(t, ageMs) });
}

/** Whole days from today to a calendar day, in the reader's time zone; negative when it is past. */
export function daysUntil(day: string, now: number, timeZone: string): number | null {
  const to = Date.parse(`${day}T00:00:00Z`);
  const from = Date.parse(`${calendarDay(now, validZone(timeZone))}T00:00:00Z`);
  return Number.isNaN(to) ? null : Math.round((to - from) / 86_400_000);
}

/** Whole calendar days since an instant, in the reader's time zone: 0 is today, 1 is yesterday, however few hours ago it was. */
export function daysSince(instant: number, now: number, timeZone: string): number {
  const zone = validZone(timeZone);
  const [from, to] = [calendarDay(instant, zone), calendarDay(now, zone)].map((day) => Date.parse(`${day}T00:00:00Z`));
  return Math.max(0, Math.round(((to ?? 0) - (from ?? 0)) / 86_400_000));
}

/** True for a calendar day, `2026-11-21`, which is no instant and which no time zone shifts. */
export const isDay = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text);

function calendarDay(ms: number, timeZone: string): string {
  // Swedish dates are ISO 8601.
  const create = () => new Intl.DateTimeFormat("sv-SE", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  return remembered(`day ${timeZone}`, create).format(ms);
}

function validLocale(locale: string): string {
  return attempt(() => Intl.getCanonicalLocales(locale)[0] ?? "en", "en");
}

function validZone(timeZone: string): string {
  const validate = () => attempt(() => new Intl.DateTimeFormat("en", { timeZone }).resolvedOptions().timeZone, "UTC");
  return remembered(`zone ${timeZone}`, validate);
}

const results = new Map<string, unknown>();

/** What is costly to create and needed many times for one view. */
function remembered<T>(key: string, create: () => T): T {
  const existing = results.get(key);
  if (existing !== undefined) return existing as T;
  if (results.size > 100) results.clear();
  const created = create();
  results.set(key, created);
  return created;
}

function attempt<T>(format: () => T, fallback: T): T {
  try {
    return format();
  } catch {
    return fallback;
  }
}
