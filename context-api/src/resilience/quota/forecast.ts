import { ageBins } from "./window.ts";

export interface QuotaUse {
  /** Requests that the window may take: the lower of the limit and what the platform reported. */
  capacity: number;
  /** Requests in the window by age, in equal parts, newest first. */
  ages: readonly number[];
  windowMs: number;
}

/** Parts of the window whose use is the present pace: two hours of a day, five minutes of an hour. */
const paceBins = 2;

/**
 * How long the quota lasts if its use goes on as lately, ms; null when it does not run out within a window. Requests become free
 * again as they were used.
 */
export function timeLeft({ capacity, ages, windowMs }: QuotaUse): number | null {
  const binMs = windowMs / ageBins;
  // The newest part is incomplete: a burst that has just begun is no pace yet.
  const pace = ages.slice(0, paceBins).reduce((sum, count) => sum + count, 0) / paceBins;
  let used = ages.reduce((sum, count) => sum + count, 0);
  if (used >= capacity) return 0;
  if (pace === 0) return null;
  for (let i = 0; i < ageBins; i++) {
    const freed = ages[ageBins - 1 - i] ?? 0;
    const next = used + pace - freed;
    if (next >= capacity) return Math.max(0, Math.round(binMs * (i + Math.min(1, (capacity - used) / (pace - freed)))));
    used = next;
  }
  return null;
}
