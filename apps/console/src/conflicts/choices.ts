import type { Conflict, ResolveRequest } from "@sidelight/contracts/conflicts/conflict.ts";
import type { FieldStatus } from "@sidelight/contracts/conflicts/fields.ts";
import type { FieldValue } from "./words.ts";

/** What a person takes: the value of a platform, or another one. */
export type Choice = { platform: string } | { value: FieldValue };

export const chosenValue = ({ values }: Pick<Conflict, "values">, choice: Choice): FieldValue =>
  "value" in choice ? choice.value : (values.find(({ platform }) => platform === choice.platform)?.value ?? null);

/** The platforms that get another value. A masked value is compared by its platform only. */
export function platformsToWrite(conflict: Pick<Conflict, "values" | "masked">, choice: Choice): string[] {
  const value = chosenValue(conflict, choice);
  return conflict.values
    .filter((present, i) => {
      if ("platform" in choice && present.platform === choice.platform) return false;
      return conflict.masked.includes(`/values/${i}/value`) || present.value !== value;
    })
    .map(({ platform }) => platform);
}

/** How the values of several conflicts are chosen: `owner`, `newest`, or `platform:<name>`. */
export type BatchRule = "owner" | "newest" | `platform:${string}`;

/** Null when the rule chooses no value of this conflict. */
export function choiceByRule({ values, owner }: Pick<Conflict, "values" | "owner">, rule: BatchRule): Choice | null {
  if (rule === "newest") {
    const newest = values.toSorted((a, b) => Date.parse(b.changedAt) - Date.parse(a.changedAt))[0];
    return newest ? { platform: newest.platform } : null;
  }
  const platform = rule === "owner" ? owner : rule.slice("platform:".length);
  return values.some((value) => value.platform === platform) && platform !== null ? { platform } : null;
}

/** Platforms that have a value in at least one of the conflicts. */
export const platformsOf = (conflicts: readonly Pick<Conflict, "values">[]): string[] => [
  ...new Set(conflicts.flatMap(({ values }) => values.map(({ platform }) => platform))),
];

/** What a person entered, as a value of the field; an empty text clears it. Null and a reason when it is none. */
export function enteredValue(text: string, type: FieldStatus["type"]): { value: FieldValue; problem: string } {
  const plain = text.trim();
  if (plain === "") return { value: null, problem: "" };
  if (type === "number") {
    const value = Number(plain);
    return Number.isFinite(value) ? { value, problem: "" } : { value: null, problem: "Enter a number." };
  }
  if (type === "boolean") {
    if (/^(yes|true)$/i.test(plain)) return { value: true, problem: "" };
    return /^(no|false)$/i.test(plain) ? { value: false, problem: "" } : { value: null, problem: "Enter yes or no." };
  }
  return { value: plain, problem: "" };
}

export const requestOf = (choice: Choice, reason: string): ResolveRequest => ({
  ...choice,
  ...(reason.trim() !== "" && { reason: reason.trim() }),
});
