import type { LabeledValue } from "@sidelight/contracts/identity/evidence.ts";
import type { MemberRecord } from "./customerView.ts";

/** The birth date of a person, not masked. The label decides who may see the value. */
export const birthDateOf = ({ data }: MemberRecord): LabeledValue[] =>
  data.kind === "person" && data.birthDate ? [{ label: "birthDate", value: data.birthDate }] : [];

/** The postal address of a person in one line, not masked. */
export function addressOf({ data }: MemberRecord): LabeledValue[] {
  if (data.kind !== "person" || !data.address) return [];
  const { line, postcode, locality, region, country } = data.address;
  const lines = [line?.replace(/\s*\n\s*/g, ", "), [postcode, locality].filter(Boolean).join(" "), region, country];
  return [{ label: "address", value: lines.filter(Boolean).join(", ") }];
}
