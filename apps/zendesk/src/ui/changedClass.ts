/** The class of a part whose value has just changed. */
export const changedClass = (part: { changed?: boolean }): string => (part.changed ? "changed" : "");
