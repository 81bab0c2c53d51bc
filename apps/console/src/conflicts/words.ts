import type { Conflict } from "@sidelight/contracts/conflicts/conflict.ts";
import type { FieldStatus } from "@sidelight/contracts/conflicts/fields.ts";
import { capitalized } from "../ui/words.ts";

export type FieldValue = Conflict["values"][number]["value"];

/** A value as text; "" for none. */
export function valueWords(value: FieldValue): string {
  if (typeof value === "boolean") return value ? "Yes" : "No";
  return value === null ? "" : String(value);
}

/** The same in a sentence. */
export const quoted = (value: FieldValue): string => (value === null ? "no value" : `“${valueWords(value)}”`);

export const causeWords: Readonly<Record<Conflict["cause"], { badge: string; text: string }>> = {
  changed: { badge: "Changed", text: "The values were equal, and then changed in different ways." },
  no_base: { badge: "Never equal", text: "The values were never equal, so nothing says which one is right." },
  returns: {
    badge: "Changed back",
    text: "A platform changes back what Sidelight writes. Look for an automation or another integration there.",
  },
};

export const ruleWords: Readonly<Record<Conflict["rule"], string>> = {
  authority: "the owner's value wins",
  newest: "the last change wins",
  longest: "the longest text wins",
  manual: "a person decides",
};

export const decidedByWords: Readonly<Record<NonNullable<Conflict["decision"]>["by"], string>> = {
  rule: "The rule",
  person: "A person",
  agreement: "The platforms came to agree",
};

export const fieldStateWords: Readonly<Record<FieldStatus["state"], string>> = {
  off: "Off",
  ok: "On",
  waiting: "Waits for you",
  failing: "Failing",
};

export const platformStateWords: Readonly<Record<FieldStatus["platforms"][number]["state"], string>> = {
  ok: "connected",
  backfilling: "first pull runs",
  failing: "cannot be read",
  invalid_credentials: "sign-in refused",
  missing: "field missing",
};

/** Name of a platform for people. */
export type PlatformLabel = (platform: string) => string;

export function platformLabels(fields: readonly FieldStatus[]): PlatformLabel {
  const labels = new Map(fields.flatMap(({ platforms }) => platforms.map(({ platform, label }) => [platform, label] as const)));
  return (platform) => labels.get(platform) ?? capitalized(platform);
}

/** The customer that a conflict is about. */
export const customerWords = ({ customerName, customer }: Pick<Conflict, "customerName" | "customer">): string =>
  customerName ?? customer ?? "A customer that is not known any more";
