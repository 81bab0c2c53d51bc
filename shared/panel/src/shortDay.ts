/** A longer date does not fit the column of a fact at 320 px. */
const maxLength = 12;

/**
 * A calendar day for a narrow column: in figures where the language needs many letters, as "22 sept. 2027".
 * @param words the day in words
 * @param day `2027-09-22`
 */
export function shortDay(words: string, day: string, locale: string): string {
  // What is no day has no words of its own.
  if (words.length <= maxLength || words === day) return words;
  const options = { year: "numeric", month: "2-digit", day: "2-digit", timeZone: "UTC" } as const;
  return new Intl.DateTimeFormat(locale, options).format(Date.parse(`${day}T00:00:00Z`));
}
