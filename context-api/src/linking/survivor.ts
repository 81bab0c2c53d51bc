/** What decides which of several records of one customer should stay. */
export interface SurvivorFacts {
  /** Fields that have a value. */
  filledFields: number;
  /** Records that point at it: tickets, cases, activities. */
  references: number;
  /** Epoch ms; null when the platform does not report it. */
  changedAt: number | null;
}

/** The rule in words. */
export const survivorRule =
  "The record with more filled fields; of equal ones, the one with more tickets and other records; then the one that changed last; then the older one.";

/** The record that should stay, by {@link survivorRule}. @param records oldest first, at least one */
export function survivorOf<R extends SurvivorFacts>(records: readonly [R, ...R[]]): R {
  return records.reduce((a, b) => (isBetter(b, a) ? b : a));
}

const isBetter = (a: SurvivorFacts, b: SurvivorFacts): boolean => {
  const difference = a.filledFields - b.filledFields || a.references - b.references || (a.changedAt ?? 0) - (b.changedAt ?? 0);
  return difference > 0;
};

/** Why one record stays and not the other, in words. */
export function survivorReason(survivor: SurvivorFacts, duplicate: SurvivorFacts): string {
  if (survivor.filledFields !== duplicate.filledFields)
    return `It has more filled fields: ${survivor.filledFields} against ${duplicate.filledFields}.`;
  if (survivor.references !== duplicate.references)
    return `As many fields are filled, and more tickets and other records belong to it: ${survivor.references} against ${duplicate.references}.`;
  return (survivor.changedAt ?? 0) !== (duplicate.changedAt ?? 0)
    ? "Both are as complete, and it changed last."
    : "Both are as complete, and it is the older one.";
}
