/** A string literal of Mixpanel's query expressions: double-quoted, with backslash and quote escaped. */
export function literal(value: string): string {
  return `"${value
    .replace(/\p{Cc}/gu, " ")
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')}"`;
}
