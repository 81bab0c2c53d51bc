import type { LayoutField } from "@sidelight/contracts/sessions/layout.ts";
import type { AnySection, Scope } from "./scope.ts";

type FieldValue = string | number | boolean | null;

/** JSON pointer into the data of the field's section. */
export const fieldPointer = ({ key }: LayoutField): string => `/fields/${key.slice("field:".length)}`;

/** The value of a mapped field; undefined when the section has no values. */
export function fieldValue(section: AnySection | undefined, field: LayoutField): FieldValue | undefined {
  const { fields } = (section?.data ?? {}) as { fields?: Record<string, FieldValue> };
  const name = field.key.slice("field:".length);
  return fields && Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** As the field's type is written in the reader's language. A value of another type is shown as it is. */
export function fieldText({ t, f }: Scope, { type }: LayoutField, value: FieldValue): string {
  if (typeof value === "boolean") return t(value ? "value.yes" : "value.no");
  if (typeof value === "number" && type === "number") return f.number(value);
  return type === "date" && typeof value === "string" ? f.day(value.slice(0, 10)) : String(value);
}
