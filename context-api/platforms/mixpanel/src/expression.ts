/** A string literal of Mixpanel's query expressions: double-quoted, with backslash and quote escaped. */
export function literal(value: string): string {
  return `"${value
    .replace(/\p{Cc}/gu, " ")
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')}"`;
}

/** The condition is part of a URL, of which 8 kB arrive everywhere. */
const maxEncodedLength = 6_000;

/** A condition for the events of as many of these users as a URL can name, at least one. The other users come with the next pull. */
export function eventsOfUsers(ids: readonly string[]): { where: string; named: string[] } {
  const named: string[] = [];
  const terms: string[] = [];
  let length = 0;
  for (const id of ids) {
    const term = `properties["$distinct_id"] == ${literal(id)}`;
    length += new URLSearchParams({ or: term }).toString().length;
    if (length > maxEncodedLength && named.length > 0) break;
    named.push(id);
    terms.push(term);
  }
  return { where: terms.join(" or "), named };
}
