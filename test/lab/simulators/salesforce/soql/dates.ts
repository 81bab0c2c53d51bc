import { DAY, midnight } from "../../../world/time.ts";
import { fail } from "../errors.ts";

/** A span of time [from, to) in ms, UTC: the meaning of a date literal such as LAST_MONTH. */
export interface Span {
  from: number;
  to: number;
}

type Unit = "DAY" | "WEEK" | "MONTH" | "QUARTER" | "YEAR";

/** Start of the unit `n` units after the one that contains `now`. */
function start(unit: Unit, now: number, n: number): number {
  const d = new Date(now);
  const year = d.getUTCFullYear();
  const month = d.getUTCMonth();
  switch (unit) {
    case "DAY":
      return midnight(now) + n * DAY;
    case "WEEK":
      return midnight(now) - d.getUTCDay() * DAY + n * 7 * DAY;
    case "MONTH":
      return Date.UTC(year, month + n, 1);
    case "QUARTER":
      return Date.UTC(year, Math.floor(month / 3) * 3 + n * 3, 1);
    case "YEAR":
      return Date.UTC(year + n, 0, 1);
  }
}

const unitOf = (name: string): Unit => name.replace("FISCAL_", "").replace(/S$/, "") as Unit;

/** Parses `TODAY`, `LAST_N_DAYS:30`, `N_MONTHS_AGO:2`, … */
export function span(literal: string, now: number): Span {
  const [name = "", count = ""] = literal.toUpperCase().split(":");
  const n = Number(count);
  const spanOf = (unit: Unit, k: number): Span => ({ from: start(unit, now, k), to: start(unit, now, k + 1) });
  if (name === "TODAY") return spanOf("DAY", 0);
  if (name === "YESTERDAY") return spanOf("DAY", -1);
  if (name === "TOMORROW") return spanOf("DAY", 1);
  if (name === "LAST_90_DAYS") return { from: start("DAY", now, -90), to: start("DAY", now, 1) };
  if (name === "NEXT_90_DAYS") return { from: start("DAY", now, 1), to: start("DAY", now, 91) };
  let match = /^(THIS|LAST|NEXT)_((?:FISCAL_)?(?:WEEK|MONTH|QUARTER|YEAR))$/.exec(name);
  if (match) return spanOf(unitOf(match[2]!), match[1] === "THIS" ? 0 : match[1] === "LAST" ? -1 : 1);
  match = /^(LAST|NEXT)_N_((?:FISCAL_)?(?:DAYS|WEEKS|MONTHS|QUARTERS|YEARS))$/.exec(name);
  if (match && Number.isInteger(n) && n > 0) {
    const unit = unitOf(match[2]!);
    // LAST_N_DAYS includes today. The longer units exclude the current one.
    if (match[1] === "LAST") return { from: start(unit, now, -n), to: start(unit, now, unit === "DAY" ? 1 : 0) };
    return { from: start(unit, now, 1), to: start(unit, now, n + 1) };
  }
  match = /^N_((?:FISCAL_)?(?:DAYS|WEEKS|MONTHS|QUARTERS|YEARS))_AGO$/.exec(name);
  if (match && Number.isInteger(n) && n > 0) return spanOf(unitOf(match[1]!), -n);
  return fail("MALFORMED_QUERY", `unexpected token: ${literal}`);
}
