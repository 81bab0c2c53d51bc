/**
 * A SOQL string literal. "Reserved characters, if specified in a SELECT statement as a literal string, must be escaped":
 * first the backslash, then the quote, line breaks and tabs. Other control characters and line separators become spaces.
 */
export function literal(value: string): string {
  return `'${escapeValue(value)}'`;
}

/** A literal for LIKE that matches texts containing `value`, with its wildcards escaped. */
export function likeContains(value: string): string {
  return `'%${escapeValue(value).replaceAll("%", "\\%").replaceAll("_", "\\_")}%'`;
}

/** A dateTime literal, unquoted: `2026-11-21T09:30:00.000Z`. */
export const dateTime = (ms: number): string => new Date(ms).toISOString();

function escapeValue(value: string): string {
  return value
    .replaceAll("\\", "\\\\")
    .replaceAll("'", "\\'")
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r")
    .replaceAll("\t", "\\t")
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, " ");
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/** The 18-character form of a record id; null when it is not one. The last three characters encode the case of the first 15. */
export function canonicalId(id: string, prefixes?: readonly string[]): string | null {
  if (!/^[a-zA-Z0-9]{15}([a-zA-Z0-9]{3})?$/.test(id)) return null;
  const base = id.slice(0, 15);
  if (prefixes && !prefixes.includes(base.slice(0, 3))) return null;
  let suffix = "";
  for (let chunk = 0; chunk < 3; chunk++) {
    let bits = 0;
    for (let i = 0; i < 5; i++) if (/[A-Z]/.test(base.charAt(chunk * 5 + i))) bits |= 1 << i;
    suffix += alphabet.charAt(bits);
  }
  const id18 = base + suffix;
  return id.length === 15 || id.slice(15).toUpperCase() === suffix ? id18 : null;
}
