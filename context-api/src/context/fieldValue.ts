import type { FieldValue, StoredRecord } from "@sidelight/model/records.ts";

/** The value of a record's mapped field. Undefined when the record does not show the field. */
export function valueIn({ data }: StoredRecord, name: string): FieldValue | undefined {
  const values = data.kind === "person" || data.kind === "company" ? data.fields : undefined;
  return values && Object.hasOwn(values, name) ? values[name] : undefined;
}
