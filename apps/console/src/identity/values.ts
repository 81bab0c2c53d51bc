import type { ChosenValues } from "@sidelight/contracts/identity/changes.ts";
import type { Suggestion } from "@sidelight/contracts/identity/evidence.ts";
import { listed } from "../ui/words.ts";
import { recordWords } from "./words.ts";

/** A field that a customer is shown with. */
export type ShownField = keyof ChosenValues;

/** A field whose records differ, with the value of each. */
export interface FieldOptions {
  field: ShownField;
  options: readonly { ref: string; value: string }[];
}

const shownFields: Readonly<Record<Suggestion["kind"], readonly ShownField[]>> = {
  person: ["name", "email", "title"],
  company: ["name", "domain"],
};

export const fieldWords: Readonly<Record<ShownField, string>> = {
  name: "name",
  email: "e-mail address",
  title: "title",
  domain: "domain",
};

/** The fields in which the records of both sides differ. */
export function fieldOptions({ kind, left, right }: Pick<Suggestion, "kind" | "left" | "right">): FieldOptions[] {
  const members = [...left.members, ...right.members];
  return shownFields[kind]
    .map((field) => ({
      field,
      options: members.flatMap(({ ref, facts }) => {
        const fact = facts.find(({ label }) => label === field);
        return fact ? [{ ref, value: fact.value }] : [];
      }),
    }))
    .filter(({ options }) => new Set(options.map(({ value }) => value)).size > 1);
}

/** What the customer is shown with after the merge. */
export function shownWords(fields: readonly FieldOptions[], chosen: ChosenValues): string {
  const parts = fields.flatMap(({ field, options }) => {
    const option = options.find(({ ref }) => ref === chosen[field]);
    return option ? [`the ${fieldWords[field]} “${option.value}” of ${recordWords(option.ref)}`] : [];
  });
  const others = parts.length === 0 ? "which values are shown" : "the other values";
  const rules = `The rules of the configuration choose ${others}. No record of a platform changes.`;
  return parts.length === 0 ? rules : `The customer is shown with ${listed(parts)}. ${rules}`;
}
