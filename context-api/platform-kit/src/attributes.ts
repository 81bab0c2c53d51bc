import type { PersonData, PostalAddress } from "@sidelight/model/records.ts";
import { z } from "zod";

// What the records of people say beside the whole name, addresses and numbers: evidence of who is who. No section shows it, so birth dates
// and postal addresses are read only where the tenant's configuration names their fields.

const addressParts = ["line", "locality", "region", "postcode", "country"] as const satisfies (keyof PostalAddress)[];

/** The platform's field of each part of an address; null for a part that is not read. */
export type AddressFields = Record<(typeof addressParts)[number], string | null>;

/** The platform's fields of what describes a person; null for what is not read. */
export interface AttributeFields {
  givenName: string | null;
  familyName: string | null;
  birthDate: string | null;
  address: AddressFields | null;
  company: string | null;
}

type Attributes = Pick<PersonData, keyof AttributeFields>;

export interface AttributeSettings {
  /** Fields of the parts of a name that are read when the setting is left out. Only names are read by default. */
  givenName?: string;
  familyName?: string;
  /** The platform's names of fields. */
  field?: z.ZodType<string>;
  /** Fields that stand for an address, and the fields of its parts. By default a field is a text with the whole address. */
  address?: { field: z.ZodType<string>; partsOf(field: string): AddressFields };
}

/** Settings that name the platform's fields of a person's name, birth date, postal address and company: members of its mapping. */
export function attributeFields({ givenName, familyName, field = z.string().min(1), address: whole }: AttributeSettings) {
  const { field: wholeAddress, partsOf } = whole ?? { field, partsOf: lineOnly };
  const optional = field.nullable().default(null);
  const ofParts = z.strictObject({
    line: optional,
    locality: optional,
    region: optional,
    postcode: optional,
    country: optional,
  });
  return {
    givenName: field.nullable().default(givenName ?? null),
    familyName: field.nullable().default(familyName ?? null),
    birthDate: optional,
    /** One field, or the fields of its parts. */
    address: z
      .union([wholeAddress, ofParts])
      .transform((address): AddressFields => (typeof address === "string" ? partsOf(address) : address))
      .nullable()
      .default(null),
    company: optional,
  };
}

const lineOnly = (line: string): AddressFields => ({ line, locality: null, region: null, postcode: null, country: null });

/** The fields that the settings name. */
export function attributeFieldNames({ address, givenName, familyName, birthDate, company }: AttributeFields): string[] {
  const names = [givenName, familyName, birthDate, company, ...(address ? addressParts.map((part) => address[part]) : [])];
  return [...new Set(names.filter((name) => name !== null))];
}

/**
 * What a platform's record says of the person, for the data of a record. What it does not say is absent.
 * @param read the value of a field, of whatever type
 */
export function readAttributes(fields: AttributeFields, read: (field: string) => unknown): Attributes {
  const textOf = (field: string | null): string | undefined => (field === null ? undefined : shortText(read(field)));
  const birthDate = textOf(fields.birthDate);
  return present({
    givenName: textOf(fields.givenName),
    familyName: textOf(fields.familyName),
    birthDate: birthDate === undefined ? undefined : canonicalBirthDate(birthDate),
    address: fields.address === null ? undefined : addressOf(fields.address, textOf),
    company: textOf(fields.company),
  });
}

function addressOf(fields: AddressFields, textOf: (field: string | null) => string | undefined): PostalAddress | undefined {
  const address: PostalAddress = present(
    Object.fromEntries(addressParts.map((part) => [part, textOf(fields[part])])) as Record<
      keyof PostalAddress,
      string | undefined
    >,
  );
  return Object.keys(address).length === 0 ? undefined : address;
}

type Present<T> = { [Name in keyof T]?: Exclude<T[Name], undefined> };

const present = <T extends object>(members: T): Present<T> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Present<T>;

/** Longer texts are no names and no part of an address. */
const maxLength = 1_000;

/** A field may be a number, as a postcode, or a list of which the first text counts. */
function shortText(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.map(shortText).find((text) => text !== undefined);
  const text = typeof value === "number" ? String(value) : typeof value === "string" ? value.trim() : "";
  return text === "" || text.length > maxLength ? undefined : text;
}

/** Year, month and day in this order, or the day first with dots. With slashes it is not known which comes first. */
const wholeDates = [
  /^(?<year>\d{4})-(?<month>\d\d?)-(?<day>\d\d?)(?:[T ]|$)/,
  /^(?<year>\d{4})[/.](?<month>\d\d?)[/.](?<day>\d\d?)$/,
  /^(?<year>\d{4})(?<month>\d\d)(?<day>\d\d)$/,
  /^(?<day>\d\d?)\.(?<month>\d\d?)\.(?<year>\d{4})$/,
];

/**
 * `1980-02-29` from the ways in which platforms write a day. The day of an instant is the one that is written: a birth date belongs to no
 * time zone, and platforms store it as midnight. A year, or a year and month, stays as it is. Undefined for what is no date.
 */
function canonicalBirthDate(text: string): string | undefined {
  if (/^\d{4}(-(0[1-9]|1[0-2]))?$/.test(text)) return text;
  for (const form of wholeDates) {
    const { year = "", month = "", day = "" } = form.exec(text)?.groups ?? {};
    const date = `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
    if (year !== "") return isCalendarDay(date) ? date : undefined;
  }
  return undefined;
}

/** False for the 31st of June: Date.parse takes it for the first of July. */
function isCalendarDay(date: string): boolean {
  const ms = Date.parse(`${date}T00:00:00Z`);
  return Number.isFinite(ms) && new Date(ms).toISOString().slice(0, 10) === date;
}
