import type { QualityDimension } from "@sidelight/contracts/quality/quality.ts";
import type { QualityTotals } from "./totals.ts";

/** How much each dimension counts for the score. */
const weights: Record<QualityDimension, number> = { completeness: 0.4, consistency: 0.3, duplicates: 0.2, freshness: 0.1 };

export type DimensionScores = Record<QualityDimension, number | null>;

/** 0 to 100 with one decimal, of a part of 0 to 1. */
export const points = (part: number | null): number | null => (part === null ? null : Math.round(part * 1_000) / 10);

/** The weighted score of dimensions that have one; null when none has. @param scores 0 to 100 */
export function weightedScore(scores: DimensionScores): number | null {
  const scored = (Object.keys(weights) as QualityDimension[]).flatMap((name) => {
    const score = scores[name];
    return score === null ? [] : [{ weight: weights[name], score }];
  });
  const total = scored.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return null;
  return Math.round((scored.reduce((sum, { weight, score }) => sum + weight * score, 0) / total) * 10) / 10;
}

/** The mean of each dimension over all customers, 0 to 100. */
export function dimensionScores({ sums }: QualityTotals): DimensionScores {
  const mean = ({ sum, count }: { sum: number; count: number }) => points(count === 0 ? null : sum / count);
  return {
    completeness: mean(sums.completeness),
    consistency: mean(sums.consistency),
    duplicates: mean(sums.duplicates),
    freshness: mean(sums.freshness),
  };
}
