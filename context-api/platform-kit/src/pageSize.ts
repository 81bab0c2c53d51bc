import { adaptToQuota } from "./adaptiveBatch.ts";

/** An answer that takes longer than this is slow: a third of the timeout of a pull. */
const defaultSlowMs = 10_000;

/**
 * How much a pull requests at once, in records or days. Smaller while the platform is slow, so that no page runs into its timeout.
 * Larger while little of the quota is left.
 */
export interface PageSize {
  current(): number;
  /** Records how long a page took, whether it arrived or not, ms. */
  record(ms: number, hasArrived: boolean): void;
}

export interface PageSizeOptions {
  min: number;
  max: number;
  /** The size while enough of the quota is left; `max` when left out. */
  usual?: number;
  /** A page that takes longer is slow, ms. */
  slowMs?: number;
  /** Part of the quota that is left, 0 to 1. */
  quotaLeft(): number;
}

export function createPageSize({ min, max, usual = max, slowMs = defaultSlowMs, quotaLeft }: PageSizeOptions): PageSize {
  let size = usual;
  let isSlow = false;
  return {
    // A page that does not arrive costs a call too, so a slow platform gets small pages whatever is left.
    current: () => (isSlow ? size : adaptToQuota({ ample: size, scarce: max }, quotaLeft())),
    record(ms, hasArrived) {
      isSlow = ms >= slowMs;
      if (isSlow) size = Math.max(min, Math.floor(size / (hasArrived ? 2 : 4)));
      else if (hasArrived && ms < slowMs / 4) size = Math.min(usual, size * 2);
    },
  };
}

interface PageTimer {
  /** For the options of the call. */
  onSend(): void;
  /** Records the page once. */
  end(hasArrived: boolean): void;
}

/** Measures one page from the sending of its request: what it waited for the quota does not make the platform slow. */
export function timePage(pageSize: PageSize, monotonic: () => number): PageTimer {
  let sentAt: number | null = null;
  return {
    onSend() {
      sentAt = monotonic();
    },
    end(hasArrived) {
      if (sentAt !== null) pageSize.record(monotonic() - sentAt, hasArrived);
      sentAt = null;
    },
  };
}
