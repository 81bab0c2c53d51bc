/** Counts of one measure: facts that arrived, or minutes. */
export interface Share {
  total: number;
  /** Those within the target. */
  young: number;
}

/** What an objective has in one window. */
export interface Attainment {
  facts: Share;
  minutes: Share;
  /** The lower of both shares, 0 to 1; null when nothing was measured. */
  attainment: number | null;
}

export interface AgeCount {
  measure: string;
  bound: number;
  count: number;
}

/** @param limit seconds; one of the bounds */
export function attainmentOf(counts: readonly AgeCount[], limit: number): Attainment {
  const facts = shareOf(counts, "facts", limit);
  const minutes = shareOf(counts, "minutes", limit);
  const shares = [facts, minutes].filter(({ total }) => total > 0).map(({ young, total }) => young / total);
  return { facts, minutes, attainment: shares.length === 0 ? null : Math.min(...shares) };
}

function shareOf(counts: readonly AgeCount[], measure: string, limit: number): Share {
  const measurement = counts.filter((count) => count.measure === measure);
  const sum = (list: readonly AgeCount[]): number => list.reduce((total, { count }) => total + count, 0);
  return { total: sum(measurement), young: sum(measurement.filter(({ bound }) => bound <= limit)) };
}

/**
 * How fast the budget is used: 1 uses exactly all of it in the window. Null when nothing was measured.
 * @param share of the objective, below 1
 */
export const burnRate = (attainment: number | null, share: number): number | null =>
  attainment === null ? null : (1 - attainment) / (1 - share);

/** The part of the budget that is left: 1 for all of it, negative when more was used. */
export const budgetLeft = (attainment: number | null, share: number): number | null =>
  attainment === null ? null : 1 - (1 - attainment) / (1 - share);

/** No burn rate is higher than that of a window without any young fact, so a rate for all objectives has to stay below it. */
export const reachableRate = (rate: number, share: number): number => Math.min(rate, 0.9 / (1 - share));
