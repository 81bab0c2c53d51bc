import { calendarDayOf, calendarDays } from "@sidelight/model/calendar.ts";
import { canonicalValue } from "@sidelight/model/canonicalValue.ts";
import { canonicalEmail } from "@sidelight/model/identifiers/emailAddress.ts";
import { type Country, canonicalPhone } from "@sidelight/model/identifiers/phoneNumber.ts";
import type { FieldValue } from "@sidelight/model/records.ts";
import type { FieldType } from "../config/fields.ts";

const utcDays = calendarDays("UTC");

/** One text for all forms of a value that mean the same; empty for no value. */
export function comparableText(value: FieldValue, type: FieldType, defaultCountry: Country | null): string {
  const text = canonicalValue(value);
  if (text === "") return "";
  switch (type) {
    case "email":
      return canonicalEmail(text) ?? text;
    case "phone":
      return canonicalPhone(String(value), defaultCountry) ?? text;
    case "boolean":
      return text === "1" ? "true" : text === "0" ? "false" : text;
    case "date":
      return calendarDayOf(text, utcDays) ?? text;
    default:
      return text;
  }
}
