import type { Quarantined } from "@sidelight/contracts/events/quarantine.ts";
import { labelWords } from "../ui/words.ts";

export const stateWords: Readonly<Record<Quarantined["state"], string>> = {
  quarantined: "To decide",
  released: "Released",
  discarded: "Discarded",
};

/** Why a message could not be used, and what to do about it. */
const reasons: Readonly<Record<string, { label: string; next: string }>> = {
  unknown_type: { label: "Unknown type", next: "Discard it, or release it after an update that knows the type." },
  unreadable: { label: "Unreadable", next: "Compare it with the platform's format. Release it after a fix of the sender." },
  wrong_account: { label: "Another account", next: "Correct the account id of the connection, then release it." },
  gap: { label: "Gap", next: "A pull brings what is missing. Discard it when the pull is complete." },
  out_of_bounds: { label: "Out of bounds", next: "The message is larger or nested deeper than allowed. Correct the sender." },
};

export const reasonWords = (reason: string): string => reasons[reason]?.label ?? labelWords(reason);
export const nextStep = (reason: string): string => reasons[reason]?.next ?? "";

export const stateChoices = [
  { id: "released", label: stateWords.released },
  { id: "discarded", label: stateWords.discarded },
  { id: "any", label: "All" },
];
export const reasonChoices = Object.entries(reasons).map(([id, { label }]) => ({ id, label }));
