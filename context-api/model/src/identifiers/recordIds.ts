import { canonicalEmail, isEmailAddress } from "./emailAddress.ts";
import { isPlaceholderId } from "./placeholders.ts";
import { visibleText } from "./text.ts";

const suffixAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
const idLength = 15;

/**
 * The 18-character form of a Salesforce id; null when it is not one. The last three characters encode which of the first 15 are upper
 * case. They restore an id whose case was lost; an id that contradicts them is refused.
 */
export function salesforceId(text: string, prefixes?: readonly string[]): string | null {
  if (!/^[a-zA-Z0-9]{15}([a-zA-Z0-9]{3})?$/.test(text)) return null;
  const id = text.length === idLength ? text : withCase(text.slice(0, idLength), text.slice(idLength).toUpperCase());
  if (id === null || (prefixes && !prefixes.includes(id.slice(0, 3)))) return null;
  return id + suffixOf(id);
}

function withCase(id: string, suffix: string): string | null {
  if (suffixOf(id) === suffix) return id;
  const hasCase = id !== id.toLowerCase() && id !== id.toUpperCase();
  const candidate = [...id].map((letter, i) => (isUpperCase(suffix, i) ? letter.toUpperCase() : letter.toLowerCase())).join("");
  return !hasCase && suffixOf(candidate) === suffix ? candidate : null;
}

const isUpperCase = (suffix: string, index: number): boolean =>
  ((suffixAlphabet.indexOf(suffix.charAt(Math.floor(index / 5))) >> (index % 5)) & 1) === 1;

function suffixOf(id: string): string {
  const bits = [0, 5, 10].map((start) =>
    [0, 1, 2, 3, 4].reduce((sum, i) => (/[A-Z]/.test(id.charAt(start + i)) ? sum | (1 << i) : sum), 0),
  );
  return bits.map((value) => suffixAlphabet.charAt(value)).join("");
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * A user's id in the product, as any platform stores it. Its case counts, except in a UUID, in an e-mail address and in the id of a
 * Salesforce contact or lead. Null for a placeholder and for a value that is no id.
 */
export function canonicalUserId(value: unknown): string | null {
  const id = idText(value);
  if (id === null) return null;
  if (uuid.test(id)) return id.toLowerCase();
  return (isEmailAddress(id) ? canonicalEmail(id) : crmPersonId(id)) ?? id;
}

/**
 * A canonical user's id in lower case, for an id whose case may have been lost on the way: Zendesk compares external ids without it, and
 * lower-cases them in some answers. Null for an id that has no case, or whose case can be restored.
 */
export function foldedUserId(id: string): string | null {
  const hasNoCase = uuid.test(id) || isEmailAddress(id) || id.toLowerCase() === id.toUpperCase();
  return hasNoCase || crmPersonId(id) !== null ? null : id.toLowerCase();
}

/** Id prefixes of contacts and leads. */
const salesforcePeople = ["003", "00Q"];

/** The person in the CRM that a value of another platform names, for a user who has no other id in the product; null for any other id. */
export const crmPersonId = (value: unknown): string | null =>
  typeof value === "string" ? salesforceId(visibleText(value), salesforcePeople) : null;

/** The id of a record of the CRM, as any platform stores it. Null for a placeholder and for a value that is no id. */
export function canonicalCrmId(value: unknown): string | null {
  const id = idText(value);
  return id === null ? null : (salesforceId(id) ?? id);
}

function idText(value: unknown): string | null {
  const text = typeof value === "string" ? visibleText(value) : Number.isSafeInteger(value) ? String(value) : "";
  return text === "" || text.length > 255 || isPlaceholderId(text) ? null : text;
}
