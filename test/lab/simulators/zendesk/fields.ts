import type { FieldValue, ZdTicketField } from "../../world/types.ts";
import { invalid } from "./errors.ts";

/** A custom field's value as Zendesk stores it, or 422. */
export function fieldValue(field: ZdTicketField, value: unknown): FieldValue {
  const wrong = (what: string): never => invalid("base", `${field.title}: ${what}`, "InvalidValue");
  if (value === null || value === "") return null;
  switch (field.type) {
    case "checkbox":
      if (typeof value === "boolean") return value;
      return value === "true" || value === "1"
        ? true
        : value === "false" || value === "0"
          ? false
          : wrong(`'${String(value)}' is not a boolean`);
    case "integer": {
      const text = String(value);
      return /^-?\d+$/.test(text) ? text : wrong(`${text} is not a valid number`);
    }
    case "decimal": {
      const text = String(value);
      return /^-?\d+(\.\d+)?$/.test(text) ? text : wrong(`${text} is not a valid decimal number`);
    }
    case "date":
      return typeof value === "string" && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value))
        ? value
        : wrong("is not properly formatted");
    case "tagger":
      return typeof value === "string" && field.options?.includes(value) ? value : wrong(`${String(value)} is an invalid option`);
    case "regexp":
      return typeof value === "string" && new RegExp(field.regexp ?? "").test(value) ? value : wrong("is invalid");
    case "text":
    case "textarea":
      if (typeof value !== "string" && typeof value !== "number") return wrong("is invalid");
      return String(value).length > 65_535 ? wrong("is too long (maximum is 65535 characters)") : String(value);
  }
}
