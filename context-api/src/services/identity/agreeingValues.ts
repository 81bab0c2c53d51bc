import type { IdentityReason, LabeledValue } from "@sidelight/contracts/identity/evidence.ts";
import type { IdentifierKind } from "@sidelight/model/records.ts";
import { addressOf, birthDateOf } from "./attributeValues.ts";
import type { MemberRecord } from "./customerView.ts";

/** A reason of a match as it is stored, without a value. */
export interface StoredReason {
  rule: string;
  text: string;
  /** Set for what speaks against the match: no value agrees then. */
  isContradiction?: true;
}

type Pair = readonly [MemberRecord, MemberRecord];

/** Identifiers that each rule compares, with the name under which a value is shown. */
const identifierRules: Record<string, readonly (readonly [IdentifierKind, string])[]> = {
  email: [
    ["email", "email"],
    ["role_email", "email"],
  ],
  phone: [["phone", "phone"]],
  ids: [
    ["product_user", "productUser"],
    ["crm_id", "crmId"],
  ],
  domain: [["domain", "domain"]],
};

/** The reasons of a match with the values of both records that agree, as the records are today, not masked. */
export function withValues(reasons: readonly StoredReason[], pair: Pair | null, refs: readonly string[]): IdentityReason[] {
  return reasons.map(({ rule, text, isContradiction }) => ({
    ...{ rule, text, records: [...refs] },
    values: pair === null || isContradiction ? [] : agreeingValues(rule, pair),
  }));
}

/** Equal values of both records; the values of both where they only resemble each other. */
function agreeingValues(rule: string, pair: Pair): LabeledValue[] {
  const [leftValues, rightValues] = pair.map((record) => valuesOf(rule, record));
  const equal =
    leftValues?.filter(({ label, value }) =>
      rightValues?.some((candidate) => candidate.label === label && candidate.value === value),
    ) ?? [];
  return equal.length > 0 ? equal : [...(leftValues ?? []), ...(rightValues ?? [])].slice(0, maxValues);
}
const maxValues = 6;

function valuesOf(rule: string, record: MemberRecord): LabeledValue[] {
  const { data, identifiers } = record;
  if (rule === "name") return data.name ? [{ label: "name", value: data.name }] : [];
  if (rule === "company") {
    const company = data.kind === "person" ? data.company : data.name;
    return company ? [{ label: "company", value: company }] : [];
  }
  if (rule === "birth") return birthDateOf(record);
  if (rule === "address") return addressOf(record);
  const kinds = identifierRules[rule] ?? [];
  return kinds.flatMap(([kind, label]) =>
    identifiers.filter((identifier) => identifier.kind === kind).map(({ value }) => ({ label, value })),
  );
}
