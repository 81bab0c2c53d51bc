/** Characters that no one sees: zero-width, soft hyphen, direction marks. Copied text often contains them. */
const invisible = /[\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069\uFEFF]/g;

/** The text as people see it: no invisible characters, one width of letters and digits, no outer white space. */
export const visibleText = (text: string): string => text.replace(invisible, "").normalize("NFKC").trim();
