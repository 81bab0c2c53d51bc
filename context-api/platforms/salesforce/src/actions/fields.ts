import { salesforceId } from "@sidelight/model/identifiers/recordIds.ts";
import { z } from "zod";

/** A record's ref or id: `salesforce.account:001…`, `001…`. Salesforce checks that it is of the right object. */
export const RecordKey = z.string().regex(/^(salesforce\.[a-z]+:)?[a-zA-Z0-9]{15}([a-zA-Z0-9]{3})?$/, "not a record id");

const withoutPrefix = (key: string): string => key.replace(/^salesforce\.[a-z]+:/, "");
/** The 18-character id; unchanged when its checksum is wrong. */
export const idOf = (key: string): string => salesforceId(withoutPrefix(key)) ?? withoutPrefix(key);

const Name = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,79}$/, "not a field's API name")
  .refine((name) => !/^(id|attributes)$/i.test(name), "this field cannot be set");

/** Values by the field's API name. Null clears a field. */
export const FieldValues = z.record(Name, z.union([z.string(), z.number(), z.boolean(), z.null()]));

/** Truncates a text to `maxLength` characters, because Salesforce would refuse a longer one. */
export const truncate = (text: string, maxLength: number): string =>
  text.length <= maxLength ? text : `${text.slice(0, maxLength - 1).toWellFormed()}…`;

/** Drops empty values, so that Salesforce's defaults apply. */
export const withoutEmpty = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined && value !== ""));
