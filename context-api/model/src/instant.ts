/** The range of dates, epoch ms. */
const maxInstant = 8.64e15;

const instantForm = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:?\d\d)$/;

/**
 * An instant as platforms write it: a calendar day, a time and a zone. NaN for other texts: without a zone the instant is not known, and
 * other forms are read in the time zone of this machine.
 * @returns epoch ms
 */
export const readInstant = (text: string): number => (instantForm.test(text) ? Date.parse(text) : Number.NaN);

/**
 * An instant as answers write it: RFC 3339 in UTC. One outside of the range of dates is written as the end of the range, so that a wrong
 * number never makes an answer or a list fail.
 * @param ms epoch ms
 */
export function isoInstant(ms: number): string {
  const instant = Number.isNaN(ms) ? 0 : Math.min(maxInstant, Math.max(-maxInstant, ms));
  return new Date(instant).toISOString();
}
