/**
 * How often an object is listed as a whole. A listing finds what a change stamp does not show: formulas, fields of related records,
 * records that were deleted for good, and records that became visible or hidden by sharing.
 */

const hourMs = 3_600_000;
const dayMs = 86_400_000;
/** A listing of an object with values that no stamp vouches for may cost this share of a call a minute: 12 calls an hour. */
const msPerBlindPage = 300_000;

export interface ListingCost {
  /** Pages of 2,000 records that the last listing had. Each is one call. */
  pages: number;
  /** True when a column can change without a new SystemModstamp. */
  isBlind: boolean;
  pullEveryMs: number;
}

/** Time between two listings, ms. The listing of a small object replaces a pull and costs no call more. */
export function listingInterval({ pages, isBlind, pullEveryMs }: ListingCost): number {
  if (isBlind) return Math.max(pullEveryMs, pages * msPerBlindPage);
  return Math.max(pullEveryMs, Math.min(pages * hourMs, dayMs));
}
