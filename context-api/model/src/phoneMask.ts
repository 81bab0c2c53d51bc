// A run of digits with what people write between them. The length limit keeps the search linear.
const digitRun =
  /(?<![\p{L}\p{N}_.@])(?:\+|\(\+?|%2b)?\p{Nd}(?:[\p{Nd}()./\u00a0\u2010-\u2015 -]{0,40}\p{Nd})?(?![\p{L}\p{N}_]|\.\p{Nd})/giu;

const international = /^(?:\(?\+|%2b|00(?=[1-9]))/i;
/** What a number in international form contains in any spelling. */
const internationalHint = /[+(%]|00|[^ -~\s]/;
const northAmerican = /^(?:1[-. ]?)?\(?[2-9]\d\d\)?[-. ]{1,2}\d{3}[-. ]\d{4}$/;
/** Two to five groups without a leading zero: 612 34 56 78, 8123 4567, 131-2345-6789. */
const grouped = /^[1-9]\d{1,3}(?:[-. \u00a0\u2010-\u2015]{1,2}\d{2,6}){1,4}$/;
/** Days, times, versions, IP addresses, years, numbers of a year, round amounts. */
const otherNumber =
  /^(?:\d{4}-\d\d-\d\d.*|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}(?: \d{1,2})?|\d{4}\/\d\d\/\d\d.*|\d{1,3}(?:\.\d{1,3}){2,3}|(?:19|20)\d\d\D{1,3}(?:19|20)\d\d|(?:19|20)\d\d-\d{2,6}|\d{2,6}-(?:19|20)\d\d|\d{1,3}(?:[. \u00a0]\d{3})*[. \u00a0]000)$/;
/** What people write before a number, also without a form of its own: `phone: 4915123456789`, https://wa.me/4915123456789. */
const announcement =
  /(?:phone|mobile|cell|\btel|telefon|téléphone|teléfono|handy|\bfax|\bsms|whatsapp|wa\.me|rufnummer|\bcall(?: me| us)?|ring me|anrufen)(?: number| nummer| no)?(?: is| ist| at| on| unter)?[\s.:=#/]{0,4}$/iu;
const announcementLength = 40;
const minDigits = 7;
/** A day or an instant as answers write it contains no number. */
const instant = /^(?:19|20)\d\d-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{3})?Z)?$/;
const hasOtherScripts = /[^ -~\s]/;

/** Digits of all scripts. */
function digitsIn(text: string): number {
  if (hasOtherScripts.test(text)) return text.match(/\p{Nd}/gu)?.length ?? 0;
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 48 && code <= 57) count += 1;
  }
  return count;
}

/**
 * Masks the phone numbers in a text. Numbers in international form are always recognized, national ones by a leading zero, by brackets,
 * by groups or by a word before them. A plain number without any of these is no phone number: it may be an order.
 * @param forms `international` leaves national numbers, for texts with ids and times
 */
export function maskPhones(text: string, forms: "international" | "all", mark: string): string {
  if (text.length < minDigits || instant.test(text)) return text;
  if (forms === "international" && !internationalHint.test(text)) return text;
  if (digitsIn(text) < minDigits) return text;
  // Full-width digits, and spaces of other widths.
  const plain = text.normalize("NFKC");
  const maskedText = plain.replace(digitRun, (run: string, position: number) =>
    isPhoneNumber(run, position, plain, forms) ? mark : run,
  );
  return maskedText === plain ? text : maskedText;
}

/** True when a text in a member for phone numbers contains one, in whatever form. */
export const isPhoneText = (text: string): boolean => digitsIn(text) >= 5;

function isPhoneNumber(run: string, position: number, text: string, forms: "international" | "all"): boolean {
  if (run.length < minDigits) return false;
  // Digits of other scripts have the same forms. Their values do not matter.
  const number = run.replaceAll(/(?!\d)\p{Nd}/gu, "1");
  const digits = number.replaceAll(/\D/g, "").length - (/^%2b/i.test(number) ? 1 : 0);
  if (digits < minDigits) return false;
  if (international.test(number)) return true;
  if (forms === "international" || digits > 15 || otherNumber.test(number)) return false;
  if (northAmerican.test(number)) return true;
  if (digits < 8) return false;
  // 00001026 is the number of a case.
  if (number !== run || number.startsWith("(") || /^0[1-9]/.test(number)) return true;
  if (announcement.test(text.slice(Math.max(0, position - announcementLength), position))) return true;
  // With a hyphen around it, it is a part of an id.
  return grouped.test(number) && text[position - 1] !== "-" && text[position + run.length] !== "-";
}
