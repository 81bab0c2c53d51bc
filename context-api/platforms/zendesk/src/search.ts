/**
 * An exact phrase for Zendesk's search: quoted, so that operators inside the value are text.
 * Zendesk documents no escape for a quote inside a phrase, so quotes and backslashes are replaced by a space: such a value can
 * miss its match, and never widen the search.
 */
export function phrase(value: string): string {
  return `"${value.replace(/["\\\p{Cc}]/gu, " ")}"`;
}

/** `email:"ada@acme.com"` */
export const byEmail = (address: string): string => `email:${phrase(address)}`;
export const byPhone = (number: string): string => `phone:${phrase(number)}`;
