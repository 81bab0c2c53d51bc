import type { FreshnessCount } from "../store/tables/freshnessCounts.ts";

/** Lengths of buckets in seconds. Short ones are kept for a few days, for burn rates of minutes. */
export const shortSpan = 300;
export const longSpan = 3_600;

/** What is counted, before it is put into buckets. */
export interface AgeSample extends Pick<FreshnessCount, "connection" | "object" | "measure" | "cause" | "bound"> {
  /** Epoch ms. */
  at: number;
  count: number;
}

/** The buckets of both lengths that samples belong to, one row for each. */
export function toBuckets(samples: Iterable<AgeSample>): FreshnessCount[] {
  const counts = new Map<string, FreshnessCount>();
  for (const { at, count, ...sample } of samples) {
    for (const span of [shortSpan, longSpan]) {
      const row = { span, at: startOf(at, span), ...sample };
      const name = JSON.stringify(Object.values(row));
      const countedCounts = counts.get(name);
      if (countedCounts) countedCounts.count += count;
      else counts.set(name, { ...row, count });
    }
  }
  return [...counts.values()];
}

/** Start of the bucket of an instant, epoch ms. @param span seconds */
export const startOf = (instant: number, span: number): number => instant - (instant % (span * 1000));

export interface Window {
  span: number;
  /** First and last bucket, epoch ms. */
  from: number;
  to: number;
}

/** The buckets that the last minutes touch. A window is longer by up to one bucket, and never shorter. */
export function windowOf(now: number, minutes: number): Window {
  const span = minutes <= 360 ? shortSpan : longSpan;
  return { span, from: startOf(now - minutes * 60_000, span), to: startOf(now, span) };
}
