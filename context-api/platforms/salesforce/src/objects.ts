import { salesforceId } from "@sidelight/model/identifiers/recordIds.ts";

/** API names of the stored objects. */
export type SalesforceObject = "Account" | "Contact" | "Lead" | "Opportunity" | "Task" | "Event" | "Case";

/** Id prefixes of the stored objects, by API name. */
export const idPrefixes: Record<SalesforceObject, string> = {
  Account: "001",
  Contact: "003",
  Lead: "00Q",
  Opportunity: "006",
  Task: "00T",
  Event: "00U",
  Case: "500",
};

/** API name by the name in a ref: `account` → `Account`. */
export const objectOf: Readonly<Record<string, SalesforceObject>> = Object.fromEntries(
  Object.keys(idPrefixes).map((object) => [object.toLowerCase(), object as SalesforceObject]),
);

export const isStoredObject = (object: string): object is SalesforceObject => Object.hasOwn(idPrefixes, object);

/** The ref of a record; null where the id is none of this object's. */
export function refOf(object: SalesforceObject, id: string): string | null {
  const canonical = salesforceId(id, [idPrefixes[object]]);
  return canonical === null ? null : `salesforce.${object.toLowerCase()}:${canonical}`;
}
