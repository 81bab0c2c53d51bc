import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js/min";
import { isPlaceholderNumber } from "./placeholders.ts";
import { visibleText } from "./text.ts";

/** A country by its ISO 3166 alpha-2 code. */
export type Country = CountryCode;
export const isCountry = (code: string): code is Country => isSupportedCountry(code);

// ITU-T E.164 allows 15 digits; the library accepts longer numbers.
const e164 = /^\+[1-9]\d{1,14}$/;

/** Words for an extension that the library does not know. */
const extension = /[\s,;(-]+(poste|durchwahl|dw|anexo|ramal|interno|toestel|apparat)\.?:?\s*\d{1,6}\)?$/i;

/**
 * E.164 without an extension. A number without a country calling code is read as one of `defaultCountry`, and is ambiguous without it.
 * Null for a number of an impossible length, for a short code, and for a placeholder.
 */
export function canonicalPhone(text: string | null | undefined, defaultCountry: Country | null): string | null {
  const digits = visibleText(text ?? "")
    .replace(/^(tel|phone|callto):/i, "")
    .replace(extension, "");
  return parse(digits, defaultCountry) ?? parse(digits.replace(/^\(?00/, "+"), null);
}

function parse(text: string, defaultCountry: Country | null): string | null {
  const phone = parsePhoneNumberFromString(text, defaultCountry ?? undefined);
  if (!phone?.isPossible() || !e164.test(phone.number)) return null;
  // Only some countries keep a leading zero.
  if (!isReadAsWritten(phone.number) || (phone.nationalNumber.startsWith("0") && !phone.isValid())) return null;
  return isPlaceholderNumber(phone.nationalNumber) ? null : phone.number;
}

/** False when a trunk prefix remains, as in +43 00 00 02: each reading would remove one more zero and give another number. */
const isReadAsWritten = (number: string) => parsePhoneNumberFromString(number)?.number === number;
