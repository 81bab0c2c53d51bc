/** The class of a part whose value has just changed. */
export const marked = (part: { changed?: boolean }): string => (part.changed ? "changed" : "");
