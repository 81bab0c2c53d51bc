import type { StoredRecord } from "@sidelight/model/records.ts";
import { type InputRecord, inputRecord } from "../identity/matching/inputRecord.ts";

type PersonRecord = Pick<StoredRecord<"person">, "ref" | "platform" | "data" | "identifiers">;

/** A stored person in the form that is matched. */
export function personInput({ ref, platform, data, identifiers }: PersonRecord): InputRecord {
  const valuesOf = (kinds: readonly string[]) => identifiers.filter(({ kind }) => kinds.includes(kind));
  const externalIds = Object.fromEntries(valuesOf(["product_user", "crm_id"]).map(({ kind, value }) => [kind, value]));
  const { name, emails, phones, company } = data;
  return {
    ...inputRecord.parse({ id: ref, platform, name, emails, phones, company, externalIds }),
    roleEmails: valuesOf(["role_email"]).map(({ value }) => value),
  };
}
