/**
 * An exact phrase for Zendesk's search, quoted so that operators in the value are text.
 * Zendesk documents no escape for a quote in a phrase, so quotes and backslashes become spaces. Such a value may find nothing, but
 * it cannot widen the search.
 */
export function phrase(value: string): string {
  return `"${value.replace(/["\\\p{Cc}]/gu, " ")}"`;
}

/** `email:"ada@acme.com"` */
export const byEmail = (address: string): string => `email:${phrase(address)}`;
export const byPhone = (number: string): string => `phone:${phrase(number)}`;
