import type { ProductData } from "@sidelight/contracts/context/sections.ts";
import { trendBetween } from "./uncountedUse.ts";

/** Days of use that are shown. The later half is compared with the earlier one. */
export const windowDays = 30;
const halfWindow = windowDays / 2;

/** @param daily sessions of the shown days, oldest first */
export function trendOf(
  daily: readonly number[],
  firstDay: string | undefined,
  days: readonly string[],
): NonNullable<ProductData["trend"]> {
  const [earlier, later] = halves(daily);
  if (earlier + later === 0) return "inactive";
  const halfStart = days[halfWindow];
  if (firstDay !== undefined && halfStart !== undefined && firstDay >= halfStart) return "new";
  return trendBetween(earlier, later);
}

/** The share of the funnel that is done; null when a step is unknown. */
export function shareDone(steps: NonNullable<ProductData["funnel"]>["steps"]): number | null {
  if (steps.length === 0) return null;
  if (steps.at(-1)?.done) return 1;
  return steps.some(({ done }) => done === null) ? null : steps.filter(({ done }) => done).length / steps.length;
}

export const halves = (daily: readonly number[]): [number, number] => [
  sum(daily.slice(0, halfWindow)),
  sum(daily.slice(halfWindow)),
];

export const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
