/** Reasons of the API begin in lower case. */
export const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** "productUser" and "product_user" → "Product user" */
export function labelWords(label: string): string {
  const words = label.replaceAll("_", " ").replace(/\B[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return capitalized(words).replace(/^(Crm|Arr)\b/, (name) => name.toUpperCase());
}

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
export const momentWords = (instant: string): string => moment.format(new Date(instant));

/** "1 conflict", "2 conflicts" */
export const counted = (count: number, noun: string): string => `${count.toLocaleString()} ${noun}${count === 1 ? "" : "s"}`;

/** Rounded down, so that 100 % means certain. */
export const percent = (share: number): string => `${Math.floor(share * 100)} %`;

const list = new Intl.ListFormat(undefined, { type: "conjunction" });
/** "a, b, and c" */
export const listed = (items: readonly string[]): string => list.format(items);
