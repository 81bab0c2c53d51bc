import type { CustomerRow, ListReason } from "@sidelight/contracts/customers/customer.ts";
import { counted } from "../ui/words.ts";

const bands = { good: "Good", watch: "Watch", at_risk: "At risk" } as const;
export const bandWords = (band: CustomerRow["health"]["band"]): string => (band === null ? "Unknown" : bands[band]);

const trends = { rising: "Rising", steady: "Steady", falling: "Falling", new: "New", inactive: "None in 30 days" } as const;
export const trendWords = (trend: CustomerRow["usage"]["trend"]): string => (trend === null ? "Unknown" : trends[trend]);

export const amountWords = (arr: CustomerRow["arr"]): string =>
  arr === null
    ? "Not set"
    : new Intl.NumberFormat(undefined, { style: "currency", currency: arr.currency, maximumFractionDigits: 0 }).format(
        arr.amount,
      );

const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });
/** A calendar day belongs to no time zone. */
export const dayWords = (text: string): string => day.format(new Date(`${text}T00:00:00Z`));

/** "At risk for 12 days", "Renews in 30 days", "Not used for 20 days" */
export function reasonWords({ reason, days }: CustomerRow["reasons"][number]): string {
  if (reason === "at_risk") return days === 0 ? "At risk since today" : `At risk for ${counted(days, "day")}`;
  if (reason === "gone_quiet") return `Not used for ${counted(days, "day")}`;
  if (days < 0) return `Renewal overdue by ${counted(-days, "day")}`;
  return days === 0 ? "Renews today" : `Renews in ${counted(days, "day")}`;
}

const emptyTitles = {
  at_risk: "No company is at risk",
  renewing: "No renewal is near or overdue",
  gone_quiet: "No company has gone quiet",
} as const;
export const emptyWords = (reason: ListReason | null): string => (reason === null ? "No companies yet" : emptyTitles[reason]);
