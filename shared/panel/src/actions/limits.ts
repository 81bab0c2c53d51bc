/** The limits of the API, repeated so that its schemas stay out of the panels. A test compares them. */
export const limits = { note: 4_000, subject: 200, text: 2_000, reason: 500, shortestReason: 5 } as const;

/** From how many characters left a counter is shown. */
export const counterFrom = 200;
