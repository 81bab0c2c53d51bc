/** Rules that choose a value by itself, with the same meaning for fields of two platforms and for what a customer is shown with. */
export const preferences = {
  /** @param changedAt source's time of the record's version, epoch ms */
  newest: ({ changedAt }: { changedAt: number | null }): number => changedAt ?? Number.NEGATIVE_INFINITY,
  longest: ({ length }: { length: number }): number => length,
};

/** The value with the highest measure. Of equal ones, the first. */
export const preferred = <T>(first: T, rest: readonly T[], measure: (value: T) => number): T =>
  rest.reduce((best, value) => (measure(value) > measure(best) ? value : best), first);
