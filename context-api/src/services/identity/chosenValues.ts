import type { ChosenValues } from "@sidelight/contracts/identity/changes.ts";
import { companyValues, personValues } from "../../context/survivorship.ts";
import { readRef } from "../contexts/contextQuery.ts";
import { ProblemError } from "../problemError.ts";
import type { ServiceContext } from "../service.ts";
import type { MemberRecord } from "./customerView.ts";

/** Refs of records by field, in canonical form. Null when nothing was chosen. @throws {ProblemError} invalid_ref */
export function chosenRefs({ served }: ServiceContext, values: ChosenValues | undefined): Record<string, string> | null {
  const choices = Object.entries(values ?? {}).flatMap(([field, text]) =>
    text === undefined ? [] : [[field, readRef(text, served.tenant).ref] as const],
  );
  return choices.length === 0 ? null : Object.fromEntries(choices);
}

/**
 * The records of a customer that values are chosen from.
 * @throws {ProblemError} invalid_request when a record is not the customer's, or has no value of the field
 */
export function chosenRecords(records: readonly MemberRecord[], choices: Readonly<Record<string, string>>): MemberRecord[] {
  const chosenFields = Object.entries(choices).map(([field, ref]) => {
    const record = records.find((member) => member.ref === ref);
    if (!record) throw invalidChoice(field, `${ref} is no record of these customers. Send one of their records.`);
    if (!fieldValue(record, field))
      throw invalidChoice(field, `The record has no ${field}. Send a record that has one, or leave the field out.`);
    return record;
  });
  return [...new Set(chosenFields)];
}

function fieldValue({ data }: MemberRecord, field: string): string | null | undefined {
  if (data.kind === "person") return field in personValues ? personValues[field as keyof typeof personValues](data) : null;
  return field in companyValues ? companyValues[field as keyof typeof companyValues](data) : null;
}

const invalidChoice = (field: string, detail: string): ProblemError =>
  new ProblemError("invalid_request", detail, { errors: [{ pointer: `/values/${field}`, detail }], stage: "validate" });
