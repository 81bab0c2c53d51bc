import type { SalesforceObject } from "./fields.ts";
import { canonicalId } from "./soql.ts";

/** How ids of the objects that we keep begin, by the object's name in Salesforce's API. */
export const idPrefixes: Record<SalesforceObject, string> = {
  Account: "001",
  Contact: "003",
  Lead: "00Q",
  Opportunity: "006",
  Task: "00T",
  Event: "00U",
  Case: "500",
};

/** By the name in a ref: `account` → `Account`. */
export const objectOf: Readonly<Record<string, SalesforceObject>> = Object.fromEntries(
  Object.keys(idPrefixes).map((object) => [object.toLowerCase(), object as SalesforceObject]),
);

export const isKept = (object: string): object is SalesforceObject => Object.hasOwn(idPrefixes, object);

/** The ref of a record; null where the id is none of this object's. */
export function refOf(object: SalesforceObject, id: string): string | null {
  const canonical = canonicalId(id, [idPrefixes[object]]);
  return canonical === null ? null : `salesforce.${object.toLowerCase()}:${canonical}`;
}
