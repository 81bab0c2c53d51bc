import type { AddressFields } from "@sidelight/platform-kit/attributes.ts";

// Salesforce writes a name and an address in two forms. A query returns the columns that it names: `MailingStreet`, `MailingCity`. A change
// event, and a query for the compound field, have one object: `MailingAddress: { Street, City }`.

type AddressPart = keyof AddressFields;

const standardParts: Record<AddressPart, string> = {
  line: "Street",
  locality: "City",
  region: "State",
  postcode: "PostalCode",
  country: "Country",
};
/** An address field of the org's own has codes of states and countries only. */
const customParts: Record<AddressPart, string> = { ...standardParts, region: "StateCode", country: "CountryCode" };

const isCustom = (field: string): boolean => /__c$/i.test(field);
const partsOf = (field: string): [AddressPart, string][] =>
  Object.entries(isCustom(field) ? customParts : standardParts) as [AddressPart, string][];

/** The column of a part: `MailingStreet`, `Street` of a lead's `Address`, `Home__Street__s` of `Home__c`. */
const columnOf = (field: string, part: string): string =>
  isCustom(field) ? `${field.replace(/__c$/i, "")}__${part}__s` : `${field.replace(/Address$/i, "")}${part}`;

/** The columns of a compound address field, also of one of a related record. */
export const addressColumns = (field: string): AddressFields =>
  Object.fromEntries(partsOf(field).map(([name, part]) => [name, columnOf(field, part)])) as AddressFields;

/** The row with a column for each part of its compound fields, as if the query had named the columns. */
export function withColumns<Row extends object>(row: Row): Row {
  const compounds = Object.entries(row).flatMap(([name, value]) =>
    isMembers(value) && isCompound(name) ? [{ name, value }] : [],
  );
  if (compounds.length === 0) return row;
  const columns = compounds.map(({ name, value }) => (name === "Name" ? nameColumns(value) : addressValues(name, value)));
  return Object.assign({ ...row }, ...columns);
}

type Members = Readonly<Record<string, unknown>>;

const isMembers = (value: unknown): value is Members => typeof value === "object" && value !== null && !Array.isArray(value);
const isCompound = (name: string): boolean => name === "Name" || /Address$/.test(name) || isCustom(name);

/** A query writes the parts in lower camel case, a change event with a capital. */
const addressValues = (field: string, members: Members): Members =>
  Object.fromEntries(
    partsOf(field).map(([, part]) => [
      columnOf(field, part),
      members[part] ?? members[part.charAt(0).toLowerCase() + part.slice(1)] ?? null,
    ]),
  );

const wholeNameParts = ["FirstName", "MiddleName", "LastName", "Suffix"];

/** Salesforce puts the whole name together in this way. */
function nameColumns(members: Members): Members {
  const parts = wholeNameParts.map((part) => members[part]).filter((part) => typeof part === "string" && part !== "");
  return { ...members, Name: parts.join(" ") || null };
}
