/** An answer that takes longer than this is slow: a third of the timeout of a pull. */
const slowMs = 10_000;
/** Below this part of a quota, calls are saved. */
const lowQuota = 0.25;

/** How many records a pull requests at once. Smaller while the platform is slow, so that no page runs into its timeout. */
export interface PageSize {
  current(): number;
  /** Records how long a page took, whether it arrived or not, ms. */
  record(ms: number, hasArrived: boolean): void;
}

export interface PageSizeOptions {
  min: number;
  max: number;
  /** Part of the quota that is left, 0 to 1. */
  quotaLeft(): number;
}

export function createPageSize({ min, max, quotaLeft }: PageSizeOptions): PageSize {
  let size = max;
  let isSlow = false;
  return {
    // A page that does not arrive costs a call too, so a slow platform gets small pages whatever is left.
    current: () => (!isSlow && quotaLeft() < lowQuota ? max : size),
    record(ms, hasArrived) {
      isSlow = ms >= slowMs;
      if (isSlow) size = Math.max(min, Math.floor(size / (hasArrived ? 2 : 4)));
      else if (hasArrived && ms < slowMs / 4) size = Math.min(max, size * 2);
    },
  };
}
