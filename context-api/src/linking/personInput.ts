import type { PersonData, StoredRecord } from "@sidelight/model/records.ts";
import { type InputRecord, inputRecord } from "../identity/matching/inputRecord.ts";

type PersonRecord = Pick<StoredRecord<"person">, "ref" | "platform" | "data" | "identifiers">;

/** A stored person in the form that is matched. */
export function personInput({ ref, platform, data, identifiers }: PersonRecord): InputRecord {
  const valuesOf = (kinds: readonly string[]) => identifiers.filter(({ kind }) => kinds.includes(kind));
  const externalIds = Object.fromEntries(valuesOf(["product_user", "crm_id"]).map(({ kind, value }) => [kind, value]));
  const { name, emails, phones, birthDate, address, company } = data;
  return {
    ...inputRecord.parse({ id: ref, platform, name, ...partsOf(data), emails, phones, birthDate, address, company, externalIds }),
    roleEmails: valuesOf(["role_email"]).map(({ value }) => value),
  };
}

/** One part alone may hold the whole name: then the name is taken apart instead, unless there is none. */
const partsOf = ({ name, givenName, familyName }: PersonData): Pick<PersonData, "givenName" | "familyName"> =>
  name !== null && (givenName === undefined || familyName === undefined) ? {} : ({ givenName, familyName } as PersonData);
