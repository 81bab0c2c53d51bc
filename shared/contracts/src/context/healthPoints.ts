/** The health score before any input. */
export const baseScore = 50;
/** Points of an input that decides the whole score: its rating from −1 to 1 × its weight × this. */
export const pointsPerWeight = 50;

/** The trend of the score compares it with the one of so many weeks before. */
export const trendWeeks = 4;
/** A smaller difference, in points, is steady. */
export const trendPoints = 5;

/** 1 at `best` or better, −1 at `worst` or worse, linear in between. */
export function slope(value: number, best: number, worst: number): number {
  const share = (value - best) / (worst - best);
  return 1 - 2 * Math.max(0, Math.min(1, share));
}

/** The rating of a number of tickets, from −1 to 1. A panel needs it to tell what the ticket on screen adds to the score. */
export const ticketGoodness = {
  open_tickets: (count: number): number => slope(count, 0, 8),
  urgent_tickets: (count: number): number => (count === 0 ? 0.5 : -1),
} as const;
