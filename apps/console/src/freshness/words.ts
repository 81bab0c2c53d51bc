import type { FreshnessCause, FreshnessObjective } from "@sidelight/contracts/freshness/freshness.ts";
import { capitalized, counted, labelWords } from "../ui/words.ts";

export const stateWords: Readonly<Record<FreshnessObjective["state"], string>> = {
  met: "Met",
  burning: "Burning",
  missed: "Missed",
  no_data: "No data",
};

export const stateTones = { met: "good", burning: "warning", missed: "danger", no_data: "neutral" } as const;

export const causeWords: Readonly<Record<FreshnessCause, string>> = {
  webhook: "Webhooks came late",
  pull: "Changes waited for a pull",
  failing: "Calls failed",
  sign_in: "The platform refused the sign-in",
  not_running: "Sidelight was stopped",
};

/** "Zendesk ticket" */
export const dataWords = ({ connection, data }: { connection: string; data: string }): string =>
  `${capitalized(connection)} ${labelWords(data).toLowerCase()}`;

/** "95 % within 2m, in 7 days" */
export const targetWords = ({ share, youngerThan, windowDays }: FreshnessObjective): string =>
  `${shareWords(share)} within ${youngerThan}, in ${counted(windowDays, "day")}`;

/** Rounded down to one decimal: what is not all is never shown as 100 %. */
export function shareWords(share: number | null): string {
  if (share === null) return "–";
  return `${(Math.floor(share * 1_000 + 1e-9) / 10).toLocaleString()} %`;
}

/** What an objective allows to be late can be used more than once. */
export const budgetWords = (remainder: number): string =>
  remainder >= 0
    ? shareWords(remainder)
    : `none, ${(1 - remainder).toLocaleString(undefined, { maximumFractionDigits: 1 })} × used`;

/** How fast the budget is used; the whole budget in the window is 1. */
export const rateWords = (rate: number | null): string =>
  rate === null ? "–" : `${rate.toLocaleString(undefined, { maximumFractionDigits: 1 })} ×`;

/** "2 h 5 min" */
export function minutesWords(minutes: number): string {
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes} min` : `${hours.toLocaleString()} h ${minutes % 60} min`;
}

/** What was late: "3 h 5 min behind, 4 late facts". */
export function offenseWords({ minutesBehind, lateFacts }: { minutesBehind: number; lateFacts: number }): string {
  const parts = [
    ...(minutesBehind > 0 ? [`${minutesWords(minutesBehind)} behind`] : []),
    ...(lateFacts > 0 ? [counted(lateFacts, "late fact")] : []),
  ];
  return parts.join(", ");
}
