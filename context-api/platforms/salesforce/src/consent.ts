import { type Purpose, purposes } from "@sidelight/model/purposes.ts";
import type { Row } from "./client.ts";
import type { ObjectView } from "./orgSchema.ts";

/**
 * Purposes about which a contact or lead shows nothing: their consent field is missing, or was created again with another type. A
 * checkbox is true or false, never empty. A contact without the related record of a field is no such case.
 */
export function unknownPurposes(row: Row, { object, mapping, unknownConsent }: ObjectView): readonly Purpose[] {
  if (object !== "Contact" && object !== "Lead") return [];
  const isUnknown = (field: string): boolean =>
    !field.includes(".") && Object.hasOwn(row, field) && typeof row[field] !== "boolean";
  return purposes.filter((purpose) => unknownConsent.includes(purpose) || mapping.contact.optOut[purpose]?.some(isUnknown));
}
