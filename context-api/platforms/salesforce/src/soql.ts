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
