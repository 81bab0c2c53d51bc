import type { ConnectionCost, Costs } from "@sidelight/contracts/costs/costs.ts";
import { counted } from "../ui/words.ts";

export const money = (amount: number, currency: string): string =>
  new Intl.NumberFormat(undefined, { style: "currency", currency }).format(amount);

export const budgetWords = {
  within: "Within the budget",
  will_exceed: "Forecast above the budget",
  exceeded: "Above the budget",
  no_budget: "No budget",
} as const;
export const budgetTones = { within: "good", will_exceed: "warning", exceeded: "danger", no_budget: "neutral" } as const;

const causeNames = {
  action: "several routes",
  read: "reads of panels and the API",
  webhook: "objects named by webhooks",
  other: "other work",
};

/** What calls and events were for. */
export function causeWords({ kind, name }: Costs["causes"][number]): string {
  if (kind === "route") return `route ${name}`;
  if (kind === "stream") return `pull of ${name}`;
  return kind === "action" && name !== "" ? `${name} of several routes` : causeNames[kind];
}

export const unitWords = (count: number, { unit }: Pick<ConnectionCost, "unit">): string => counted(count, unit);

const month = new Intl.DateTimeFormat(undefined, { month: "long", year: "numeric", timeZone: "UTC" });
/** "November 2026" */
export const monthWords = (name: string): string => month.format(new Date(`${name}-15T12:00:00Z`));

/** The months before this one, newest first. @param now `2026-11` */
export function earlierMonths(now: string, count: number): string[] {
  const [year = 0, number = 1] = now.split("-").map(Number);
  return Array.from({ length: count }, (_, i) => new Date(Date.UTC(year, number - 2 - i, 15)).toISOString().slice(0, 7));
}
