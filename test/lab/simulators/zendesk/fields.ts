import type { FieldValue, ZdTicketField } from "../../world/types.ts";
import { invalid } from "./errors.ts";

/** Returns a custom field's value as Zendesk stores it, or throws 422. */
export function fieldValue(field: ZdTicketField, value: unknown): FieldValue {
  const refuse = (reason: string): never => invalid("base", `${field.title}: ${reason}`, "InvalidValue");
  if (value === null || value === "") return null;
  switch (field.type) {
    case "checkbox":
      if (typeof value === "boolean") return value;
      return value === "true" || value === "1"
        ? true
        : value === "false" || value === "0"
          ? false
          : refuse(`'${String(value)}' is not a boolean`);
    case "integer": {
      const text = String(value);
      return /^-?\d+$/.test(text) ? text : refuse(`${text} is not a valid number`);
    }
    case "decimal": {
      const text = String(value);
      return /^-?\d+(\.\d+)?$/.test(text) ? text : refuse(`${text} is not a valid decimal number`);
    }
    case "date":
      return typeof value === "string" && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value))
        ? value
        : refuse("is not properly formatted");
    case "tagger":
      return typeof value === "string" && field.options?.includes(value)
        ? value
        : refuse(`${String(value)} is an invalid option`);
    case "regexp":
      return typeof value === "string" && new RegExp(field.regexp ?? "").test(value) ? value : refuse("is invalid");
    case "text":
    case "textarea":
      if (typeof value !== "string" && typeof value !== "number") return refuse("is invalid");
      return String(value).length > 65_535 ? refuse("is too long (maximum is 65535 characters)") : String(value);
  }
}
