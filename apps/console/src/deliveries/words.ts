import type { Delivery } from "@sidelight/contracts/events/delivery.ts";
import { labelWords } from "../ui/words.ts";

export const stateWords: Readonly<Record<Delivery["state"], string>> = {
  waiting: "Waiting",
  done: "Delivered",
  dead_letter: "Dead letter",
  blocked: "Blocked",
  withheld: "Withheld",
};

export const stateTones: Readonly<Record<Delivery["state"], "neutral" | "good" | "warning" | "danger">> = {
  waiting: "warning",
  done: "good",
  dead_letter: "danger",
  blocked: "warning",
  withheld: "neutral",
};

/** Why a delivery failed, and what to do about it. */
const causes: Readonly<Record<string, { label: string; next: string }>> = {
  rejected: { label: "Refused by the platform", next: "Correct the record or the mapping of the route, then retry." },
  not_found: { label: "Record not found", next: "The record is gone at the platform. Retry only after it was restored." },
  conflict: { label: "Conflict at the platform", next: "Look at the record at the platform, then retry." },
  invalid_credentials: { label: "Sign-in refused", next: "Renew the secret of the connection, then retry." },
  rate_limited: { label: "Rate limit", next: "Wait until the platform accepts calls again. Waiting deliveries are tried alone." },
  unavailable: { label: "Platform unavailable", next: "Wait until the platform answers again, then retry what is in the queue." },
  misconfigured: { label: "Route does not fit", next: "Correct the route or its transformer in the configuration, then retry." },
  bug: { label: "Error in Sidelight", next: "Report the error with the id of the delivery. Retry after an update." },
  monthly_cap: { label: "Monthly cap reached", next: "It is sent in the next month. Raise eventsPerMonth to send it sooner." },
  possible_duplicate: {
    label: "Possible duplicate",
    next: "Decide in the identity review whether both are one person, or create the record although it may be one.",
  },
  duplicate_accepted: { label: "Created by decision", next: "" },
};

export const causeWords = (cause: string | null): string =>
  cause === null ? "Unknown" : (causes[cause]?.label ?? labelWords(cause));

/** "" when there is nothing to do. */
export const nextStep = (cause: string | null): string => (cause === null ? "" : (causes[cause]?.next ?? ""));

export const stateChoices = Object.entries(stateWords).map(([id, label]) => ({ id, label }));
export const causeChoices = Object.entries(causes).map(([id, { label }]) => ({ id, label }));
