import { z } from "zod";
import { canonicalId } from "../soql.ts";

/** A record by its ref or its id: `salesforce.account:001…`, `001…`. Whether it is one of the right object is for Salesforce to say. */
export const RecordKey = z.string().regex(/^(salesforce\.[a-z]+:)?[a-zA-Z0-9]{15}([a-zA-Z0-9]{3})?$/, "no record id");

const bare = (key: string): string => key.replace(/^salesforce\.[a-z]+:/, "");
/** The 18 characters; as it stands where they contradict each other. */
export const idOf = (key: string): string => canonicalId(bare(key)) ?? bare(key);

const Name = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,79}$/, "no field's API name")
  .refine((name) => !/^(id|attributes)$/i.test(name), "not a field to be set");

/** Values by the field's API name. Null empties a field. */
export const FieldValues = z.record(Name, z.union([z.string(), z.number(), z.boolean(), z.null()]));

/** Cut where a text field would refuse it: a note that is cut short is worth more than none. */
export const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1).toWellFormed()}…`;

/** Without what has no value, so that Salesforce's own defaults hold. */
export const given = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined && value !== ""));
